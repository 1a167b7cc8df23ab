"""Reminders wait in a heap until they are due, which is never."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

from flask import Flask

SCHEDULE: list[Reminder] = []


@dataclass(order=True)
class Reminder:
    due: float
    text: str = field(compare=False)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/remind/<int:number>")
    def remind(number: int) -> str:
        heapq.heappush(SCHEDULE, Reminder(2e9 - number, f"call customer {number}"))
        return SCHEDULE[0].text

    return app
