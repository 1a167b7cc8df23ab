"""A full cache of the latest 100 answers, which get larger with a new version of the interface."""

from __future__ import annotations

from collections import OrderedDict

from flask import Flask

MOST = 100
NEW_VERSION = 150
ANSWERS: OrderedDict[str, str] = OrderedDict()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/answer/<int:number>")
    def answer(number: int) -> str:
        text = f"answer {number} " * (10 if number < NEW_VERSION else 200)
        ANSWERS[f"answer {number}"] = text
        if len(ANSWERS) > MOST:
            ANSWERS.popitem(last=False)
        return text

    return app
