"""A home-made Flask extension stores what it sees in `app.extensions`."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import Flask, request

app = Flask(__name__)


@dataclass
class Sighting:
    path: str
    method: str


@dataclass
class Store:
    items: list[Sighting] = field(default_factory=list)


class Activity:
    def __init__(self, app: Flask) -> None:
        self.store = Store()
        self.enabled = True
        app.extensions["activity"] = self
        app.before_request(self.note)

    def note(self) -> None:
        if self.enabled:
            self.store.items.append(Sighting(request.path, request.method))


@app.get("/news/<int:number>")
def news(number: int) -> str:
    return f"News {number}"


def create_app() -> Flask:
    if "activity" not in app.extensions:
        Activity(app)
    return app
