"""Page views are noted in a module's list, and nobody writes them out."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from flask import Flask, request

VIEWS: list[PageView] = []
LATEST: deque[str] = deque(maxlen=20)


@dataclass
class PageView:
    page: str
    agent: str


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/pages/<page>")
    def show(page: str) -> str:
        VIEWS.append(PageView(page, str(request.user_agent)))
        LATEST.append(page)
        return f"<h1>{page}</h1>"

    return app
