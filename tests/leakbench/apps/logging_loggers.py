"""Leaks: a logger per customer, by name; the logging module keeps each for ever."""

import logging

from flask import Flask


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/customers/<int:customer>")
    def show_customer(customer: int) -> dict[str, int]:
        logging.getLogger("shop.customers").debug("asked")
        logging.getLogger(f"shop.customers.c{customer}").debug("opened the page")
        return {"customer": customer}

    return app
