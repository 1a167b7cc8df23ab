"""Leaks: one element of each parsed feed; it keeps the whole document, which libxml2 has."""

from flask import Flask
from lxml import etree

FEED = b"<feed>" + b"<item a='1'>text</item>" * 500 + b"</feed>"


class Feeds:
    def __init__(self) -> None:
        self.latest: list[tuple[int, etree._Element]] = []


FEEDS = Feeds()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/feed/<int:number>")
    def feed(number: int) -> dict[str, int]:
        FEEDS.latest.append((number, etree.fromstring(FEED)[0]))
        return {"items": len(FEEDS.latest)}

    return app
