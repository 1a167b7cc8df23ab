"""A feed is made longer with itertools.chain, around the feed before."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from flask import Flask


class Post:
    def __init__(self, number: int) -> None:
        self.title = f"Post {number}"


FEED: Iterator[Post] = iter(())


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/post/<int:number>")
    def post(number: int) -> str:
        global FEED
        post = Post(number)
        FEED = chain([post], FEED)
        return post.title

    return app
