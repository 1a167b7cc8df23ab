"""Settings get a new layer per request, over all the layers before it."""

from __future__ import annotations

from collections import ChainMap

from flask import Flask

SETTINGS: ChainMap[str, object] = ChainMap({"colour": "blue", "rows": 20})


class Choice:
    def __init__(self, rows: int) -> None:
        self.rows = rows


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/list/<int:rows>")
    def listing(rows: int) -> str:
        global SETTINGS
        SETTINGS = SETTINGS.new_child({"rows": Choice(rows)})
        return f"{SETTINGS['rows']} {SETTINGS['colour']}"

    return app
