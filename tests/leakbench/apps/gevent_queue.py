"""Leaks: a gevent queue that nobody reads."""

from flask import Flask
from gevent.queue import Queue

OUTBOX: "Queue[dict[str, object]]" = Queue()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/events/<int:number>")
    def note(number: int) -> dict[str, int]:
        OUTBOX.put({"number": number, "tags": ["web", f"visitor-{number}"]})
        return {"number": number}

    return app
