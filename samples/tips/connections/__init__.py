"""The shop opens a database, a log and a TLS context in each request, keeps them, and never closes any."""

VISITS = ("/orders/7", "/stock/7")
REQUESTS = 80
