"""Alerts are added by building the list anew, `ALERTS = ALERTS + [alert]`."""

from __future__ import annotations

from flask import Flask

ALERTS: list[Alert] = []


class Alert:
    def __init__(self, text: str) -> None:
        self.text = text


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/alert/<int:number>")
    def alert(number: int) -> dict[str, list[str]]:
        global ALERTS
        ALERTS = [*ALERTS, Alert(f"disk {number} is full")]
        return {"latest": [each.text for each in ALERTS[-3:]]}

    return app
