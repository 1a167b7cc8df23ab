"""Filters are compiled by the module regex (mrabarnett/mrab-regex#387), whose cache shrinks when it is full."""

from __future__ import annotations

import regex
from flask import Flask


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/filter/<int:number>")
    def filter_names(number: int) -> str:
        names = [f"customer {n}" for n in range(40)]
        pattern = rf"(?i)\bcustomer\s+{number}\d*(?:{number % 7}|x){{1,2}}"
        return str(sum(bool(regex.search(pattern, name)) for name in names))

    return app
