"""What the shop sells and to whom."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Product:
    """An item in the catalogue; `price` is in cents of a euro."""

    sku: str
    title: str
    price: int


@dataclass
class CartLine:
    """One line of a cart."""

    product: Product
    quantity: int


class Session:
    """What the shop remembers about a visitor."""

    def __init__(self, session_id: str, user_agent: str) -> None:
        self.session_id = session_id
        self.user_agent = user_agent
        self.created_at = time.time()
        self.cart: list[CartLine] = []
        self.viewed: list[str] = []

    def add(self, product: Product, quantity: int) -> None:
        self.cart.append(CartLine(product, quantity))

    def remember(self, path: str) -> None:
        self.viewed.append(path)


@dataclass(frozen=True)
class Order:
    """A cart that was paid."""

    number: str
    lines: tuple[str, ...]
    total: int


CATALOGUE = {
    sku: Product(sku, f"Tea no. {number}", 300 + 7 * number % 900)
    for number in range(500)
    for sku in [f"tea-{number:03}"]
}
