"""A background thread takes events from a queue and appends them to a local list for ever."""

from __future__ import annotations

from queue import Queue
from threading import Thread

from flask import Flask

EVENTS: Queue[Event] = Queue(maxsize=100)


class Event:
    def __init__(self, number: int) -> None:
        self.text = f"event {number}"


def collect(events: Queue[Event]) -> None:
    seen: list[Event] = []
    while True:
        seen.append(events.get())
        if len(seen) % 1000 == 0:
            print(f"{len(seen)} events")


def create_app() -> Flask:
    app = Flask(__name__)
    Thread(target=collect, args=(EVENTS,), name="collector", daemon=True).start()

    @app.get("/event/<int:number>")
    def event(number: int) -> str:
        EVENTS.put(Event(number))
        return "noted"

    return app
