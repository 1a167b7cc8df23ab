"""Mails that were sent are remembered weakly; the mails die, their references pile up."""

from __future__ import annotations

import weakref

from flask import Flask

SENT: list[weakref.ref[Mail]] = []


class Mail:
    def __init__(self, number: int) -> None:
        self.subject = f"Your order {number}"


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/mail/<int:number>")
    def mail(number: int) -> str:
        sent = Mail(number)
        SENT.append(weakref.ref(sent))
        return sent.subject

    return app
