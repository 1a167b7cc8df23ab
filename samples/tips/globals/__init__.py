"""The shop loads all orders when it starts, and a search keeps what every earlier one has found."""

VISITS = ("/orders/7", "/search/tea")
