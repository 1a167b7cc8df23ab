"""Leaks: each import run gets a handler of its own on the logger that all of them share."""

import logging
import sys

from flask import Flask

LOG = logging.getLogger("shop.imports")


def add_handler(run: int) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.ERROR)
    handler.setFormatter(logging.Formatter(f"import {run}: %(message)s"))
    LOG.addHandler(handler)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/imports/<int:run>")
    def start_import(run: int) -> dict[str, int]:
        add_handler(run)
        LOG.info("import %d starts", run)
        return {"run": run}

    return app
