"""`asyncio` is imported by the page that needs it, when somebody asks for it."""

from __future__ import annotations

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

SUPPLIERS = ("Assam", "Darjeeling", "Nilgiri")


async def ask_supplier(name: str) -> int:
    """As a request to the supplier would answer."""
    return len(name) * 100


async def ask_all() -> list[int]:
    import asyncio

    return await asyncio.gather(*map(ask_supplier, SUPPLIERS))


def create_app() -> Flask:
    app = Flask("shop")

    @app.get("/")
    def index() -> ResponseReturnValue:
        return jsonify(SUPPLIERS)

    @app.get("/offers")
    def offers() -> ResponseReturnValue:
        import asyncio

        return jsonify(asyncio.run(ask_all()))

    return app
