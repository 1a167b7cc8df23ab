"""A protocol is one string that gets longer with each request."""

from __future__ import annotations

from flask import Flask

PROTOCOL = ""


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/vote/<int:number>")
    def vote(number: int) -> dict[str, int]:
        global PROTOCOL
        PROTOCOL += f"vote {number}: " + " ".join(str(each * number) for each in range(150)) + "\n"
        return {"characters": len(PROTOCOL)}

    return app
