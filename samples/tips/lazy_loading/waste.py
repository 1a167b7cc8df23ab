"""`asyncio` for the one page that asks several suppliers at once, in every worker, asked for or not."""

from __future__ import annotations

import asyncio

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

SUPPLIERS = ("Assam", "Darjeeling", "Nilgiri")


async def ask_supplier(name: str) -> int:
    """As a request to the supplier would answer."""
    return len(name) * 100


async def ask_all() -> list[int]:
    return await asyncio.gather(*map(ask_supplier, SUPPLIERS))


def create_app() -> Flask:
    app = Flask("shop")

    @app.get("/")
    def index() -> ResponseReturnValue:
        return jsonify(SUPPLIERS)

    @app.get("/offers")
    def offers() -> ResponseReturnValue:
        return jsonify(asyncio.run(ask_all()))

    return app
