"""The same shop for a server that speaks ASGI."""

from __future__ import annotations

from a2wsgi import WSGIMiddleware
from shop import app as shop

app = WSGIMiddleware(shop)
