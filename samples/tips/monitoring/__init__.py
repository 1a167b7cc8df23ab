"""Watch memory: what a snapshot can't tell if nothing counts requests and nothing is taken when memory runs high."""

VISITS = tuple(f"/add/{basket}/1" for basket in range(10))
HINTS = True
