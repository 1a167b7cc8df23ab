"""Leaks: a greenlet per webhook waits for an acknowledgement that never comes, in a group that keeps it."""

from flask import Flask
from gevent.event import Event
from gevent.pool import Group

DELIVERIES = Group()


def deliver(hook: dict[str, object]) -> None:
    acknowledged = Event()
    acknowledged.wait()
    hook["done"] = True


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/hooks/<int:number>")
    def send_hook(number: int) -> dict[str, int]:
        DELIVERIES.spawn(deliver, {"number": number, "url": f"https://example.com/hooks/{number}"})
        return {"number": number}

    return app
