"""The shop's pages."""

from __future__ import annotations

import os
import secrets
from typing import Any

from flask import Blueprint, Response, abort, g, request

from . import cache, events, warehouse
from .models import CATALOGUE, Order
from .pricing import PriceList

shop = Blueprint("shop", __name__)


@shop.before_request
def open_session() -> None:
    if request.path == "/health":
        return
    g.session = cache.session_for(request.cookies.get("shop"), request.headers.get("User-Agent", ""))
    g.session.remember(request.full_path)
    g.prices = PriceList(request.args.get("currency", "EUR"), discount=int(request.args.get("discount", 0)))


@shop.after_request
def name_the_worker(response: Response) -> Response:
    response.headers["X-Worker"] = str(os.getpid())
    if "session" in g:
        response.set_cookie("shop", g.session.session_id)
    return response


@shop.get("/health")
def health() -> str:
    return "ok"


@shop.get("/product/<sku>")
def product(sku: str) -> str:
    found = CATALOGUE.get(sku) or abort(404)
    price = g.prices.quote(found)
    return cache.page_for(f"{sku}-{price}-{g.prices.currency}", lambda: render(found.title, price))


@shop.post("/buy/<sku>")
def buy(sku: str) -> dict[str, Any]:
    found, quantity = CATALOGUE.get(sku) or abort(404), int(request.args.get("quantity", 1))
    g.session.add(found, quantity)
    with warehouse.connection() as connection:
        reserved = connection.reserve(sku, quantity)
    order = Order(secrets.token_hex(8), (reserved,), g.prices.quote(found) * quantity)

    def send_mail(paid: Order) -> None:
        if paid is order:
            events.AUDIT.append(f"{order.number}: mail sent")

    # Leak 3: meant for this order only, but a handler stays connected for as long as the worker lives.
    events.order_paid.connect(send_mail)
    events.order_paid.emit(order)
    return {"order": order.number, "total": order.total}


def render(title: str, price: int) -> str:
    """A page. The rows that it is made of are garbage afterwards, in a cycle through `parent`."""
    table: dict[str, Any] = {"title": title, "rows": []}
    table["rows"] = [{"parent": table, "text": f"<li>{title}, batch {batch}</li>"} for batch in range(20)]
    rows = "".join(row["text"] for row in table["rows"])
    return f"<!doctype html><title>{title}</title><h1>{title}</h1><p>{price / 100:.2f}</p><ul>{rows}</ul>"
