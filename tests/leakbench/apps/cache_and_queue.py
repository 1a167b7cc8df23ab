"""A cache writes down in which order to evict its pages, and then never does."""

from __future__ import annotations

from collections import deque

from flask import Flask


class Page:
    def __init__(self, url: str) -> None:
        self.url = url
        self.body = f"<h1>{url}</h1>" * 3


class PageCache:
    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.order: deque[Page] = deque()

    def get(self, url: str) -> Page:
        if url not in self.pages:
            self.pages[url] = Page(url)
            self.order.append(self.pages[url])
        return self.pages[url]


CACHE = PageCache()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/wiki/<title>")
    def wiki(title: str) -> str:
        return CACHE.get(f"/wiki/{title}").body

    return app
