"""Search terms go into a trie of plain dicts, for completion, and never out of it."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Flask

TRIE: dict[str, Any] = {}


def insert(word: str) -> int:
    node = TRIE
    for letter in word:
        node = node.setdefault(letter, {})
    return len(node)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/search/<word>")
    def search(word: str) -> dict[str, int]:
        return {"longer": insert(hashlib.md5(word.encode()).hexdigest()[:6])}

    return app
