"""A logging handler that keeps up to 120 records in memory, and then hands them on."""

from __future__ import annotations

import logging
from logging.handlers import MemoryHandler

from flask import Flask

logger = logging.getLogger("orders")


def create_app() -> Flask:
    app = Flask(__name__)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(MemoryHandler(120, flushLevel=logging.ERROR, target=logging.NullHandler()))

    @app.get("/order/<int:number>")
    def order(number: int) -> str:
        logger.info("order %d for %s", number, f"customer {number}")
        return "ordered"

    return app
