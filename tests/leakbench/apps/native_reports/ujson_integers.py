"""ultrajson/ultrajson#458, Stratoscale/hammock#145: integers that are too large are never freed."""

from contextlib import suppress

import ujson
from flask import Flask

LARGE = "[" + ",".join(["9" * 4000] * 20) + "]"


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/numbers")
    def numbers() -> str:
        with suppress(ValueError):
            ujson.loads(LARGE)
        return "read"

    return app
