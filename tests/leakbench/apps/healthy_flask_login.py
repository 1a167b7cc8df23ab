"""Flask-Login with a user loader that remembers the latest users."""

from __future__ import annotations

from functools import lru_cache

from flask import Flask, Request
from flask_login import LoginManager, UserMixin, current_user, login_required

login_manager = LoginManager()


class Reader(UserMixin):
    """Who is logged in."""

    def __init__(self, number: str) -> None:
        self.id = number
        self.shelves = [f"shelf {n} of {number}" for n in range(5)]


@lru_cache(maxsize=120)
def load(number: str) -> Reader:
    return Reader(number)


@login_manager.request_loader
def from_path(request: Request) -> Reader:
    return load((request.view_args or {})["number"])


def create_app() -> Flask:
    app = Flask(__name__)
    login_manager.init_app(app)

    @app.get("/readers/<number>")
    @login_required
    def reader(number: str) -> dict[str, int | str]:
        return {"number": number, "shelves": len(current_user.shelves)}

    return app
