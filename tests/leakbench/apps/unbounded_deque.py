"""The last errors are shown on a status page, from a deque whose maxlen was forgotten."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime

from flask import Flask

RECENT: deque[Incident] = deque()
SLOWEST: deque[float] = deque([0.0] * 10, maxlen=10)


class Incident:
    __slots__ = ("at", "message")

    def __init__(self, message: str) -> None:
        self.at = datetime.now(UTC)
        self.message = message


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/jobs/<int:number>")
    def job(number: int) -> str:
        RECENT.appendleft(Incident(f"job {number} timed out"))
        SLOWEST.append(number / 3)
        return "\n".join(incident.message for incident in list(RECENT)[:5])

    return app
