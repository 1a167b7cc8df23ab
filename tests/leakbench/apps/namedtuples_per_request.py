"""Rows get a namedtuple of their own per query, and the types are cached under the query's text."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

from flask import Flask

ROW_TYPES: dict[str, Any] = {}


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/query/<int:number>")
    def query(number: int) -> str:
        text = f"SELECT id, name FROM people WHERE id = {number}"
        if text not in ROW_TYPES:
            ROW_TYPES[text] = namedtuple("Row", "id name")
        return str(ROW_TYPES[text](number, "Ada").name)

    return app
