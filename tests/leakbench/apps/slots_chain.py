"""Breadcrumbs are pairs of a crumb and all the crumbs before it."""

from __future__ import annotations

from typing import Any

from flask import Flask

TRAIL: tuple[Any, ...] = ()


class Crumb:
    __slots__ = ("title", "url")

    def __init__(self, title: str, url: str) -> None:
        self.title = title
        self.url = url


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/docs/<int:chapter>")
    def docs(chapter: int) -> str:
        global TRAIL
        TRAIL = (Crumb(f"Chapter {chapter}", f"/docs/{chapter}"), TRAIL)
        before = TRAIL[1]
        return f"{TRAIL[0].title} after {before[0].title if before else 'the cover'}"

    return app
