"""Leaks: a timer thread per token waits an hour to make it invalid; only `threading` knows of them."""

import threading

from flask import Flask

EXPIRED = {"count": 0}


class Token:
    """What somebody logs in with, for an hour."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.secret = f"{number:064d}"

    def expire(self) -> None:
        EXPIRED["count"] += 1


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/login/<int:number>")
    def log_in(number: int) -> dict[str, int]:
        timer = threading.Timer(3600, Token(number).expire)
        timer.daemon = True
        timer.start()
        return {"token": number}

    return app
