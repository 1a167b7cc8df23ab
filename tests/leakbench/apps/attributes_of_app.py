"""Two containers on the Flask object: pages that were read once, and the address of every visitor."""

from __future__ import annotations

from typing import Any

from flask import Flask

PAGES = 24  # so few that they are read once before a tenth of the traffic has been measured

app: Any = Flask(__name__)
app.pages = {}
app.visitors = set()


@app.get("/page/<int:number>")
def page(number: int) -> str:
    app.visitors.add(f"10.{number // 65536}.{number // 256 % 256}.{number % 256}")
    html = f"<h1>{number % PAGES}</h1>"
    return str(app.pages.setdefault(number % PAGES, {"html": html})["html"])


def create_app() -> Flask:
    return app  # type: ignore[no-any-return]
