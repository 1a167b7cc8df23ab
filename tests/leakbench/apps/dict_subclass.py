"""A registry is a dict of its own class, in which expired tokens stay."""

from __future__ import annotations

import secrets

from flask import Flask


class Token:
    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.expired = False


class Tokens(dict[str, Token]):
    def issue(self, owner: str) -> str:
        key = secrets.token_urlsafe(16)
        self[key] = Token(owner)
        return key

    def expire(self, key: str) -> None:
        self[key].expired = True


TOKENS = Tokens()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/token/<owner>")
    def token(owner: str) -> str:
        key = TOKENS.issue(owner)
        TOKENS.expire(key)
        return key

    return app
