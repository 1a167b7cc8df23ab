"""Leaks: a warning whose text differs each time; the module's registry remembers every text."""

import warnings

from flask import Flask

warnings.simplefilter("default")


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/api/v1/things/<int:thing>")
    def show_thing(thing: int) -> dict[str, int]:
        warnings.warn(f"/api/v1/things/{thing} is old, use /api/v2/things/{thing}", stacklevel=1)
        return {"thing": thing}

    return app
