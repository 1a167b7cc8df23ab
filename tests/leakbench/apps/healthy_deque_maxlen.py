"""The last 150 searches in a deque with a greatest length."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from flask import Flask


@dataclass
class Search:
    """What somebody looked for, and what was found."""

    words: list[str]
    found: int


RECENT: deque[Search] = deque(maxlen=150)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/search/<int:number>")
    def search(number: int) -> str:
        RECENT.append(Search([f"word-{number}", "shoes"], number % 7))
        return str(len(RECENT))

    return app
