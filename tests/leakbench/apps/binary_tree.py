"""Prices are kept in a search tree into which every offer is inserted."""

from __future__ import annotations

import zlib

from flask import Flask


class Offer:
    def __init__(self, price: int) -> None:
        self.price = price
        self.left: Offer | None = None
        self.right: Offer | None = None


class Offers:
    def __init__(self) -> None:
        self.root = Offer(1 << 31)

    def insert(self, price: int) -> int:
        node, depth = self.root, 1
        while True:
            below = node.left if price < node.price else node.right
            if below is None:
                break
            node, depth = below, depth + 1
        if price < node.price:
            node.left = Offer(price)
        else:
            node.right = Offer(price)
        return depth


OFFERS = Offers()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/offer/<int:number>")
    def offer(number: int) -> dict[str, int]:
        return {"depth": OFFERS.insert(zlib.crc32(b"offer %d" % number))}

    return app
