"""A store of drafts is a UserDict that keeps each draft under its title."""

from __future__ import annotations

from collections import UserDict

from flask import Flask


class Draft:
    def __init__(self, text: str) -> None:
        self.text = text


class Drafts(UserDict[str, Draft]):
    def __setitem__(self, title: str, draft: Draft) -> None:
        super().__setitem__(title.casefold(), draft)


DRAFTS = Drafts()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/draft/<title>")
    def draft(title: str) -> dict[str, str]:
        DRAFTS[title] = Draft(f"On {title}")
        return {"text": DRAFTS[title.casefold()].text}

    return app
