"""Widgets subscribe their methods to a bus and never unsubscribe."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask


class Bus:
    def __init__(self) -> None:
        self.listeners: dict[str, list[Callable[[str], None]]] = {"update": [], "close": []}

    def subscribe(self, event: str, listener: Callable[[str], None]) -> None:
        self.listeners[event].append(listener)


class Widget:
    def __init__(self, title: str, bus: Bus) -> None:
        self.title = title
        bus.subscribe("update", self.refresh)

    def refresh(self, title: str) -> None:
        self.title = title


BUS = Bus()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/widget/<title>")
    def widget(title: str) -> str:
        return Widget(title, BUS).title

    return app
