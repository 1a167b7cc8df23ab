"""Leaks: the view keeps the result of each task that it sends, to be asked for later, and nobody asks."""

from celery import Celery
from celery.result import AsyncResult
from flask import Flask

tasks = Celery("shop", broker="memory://", backend="cache+memory://")
tasks.conf.task_always_eager = True
REPORTS: dict[int, AsyncResult] = {}


@tasks.task(name="report")
def report(month: int) -> list[str]:
    return [f"row {row} of month {month}" for row in range(20)]


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/reports/<int:month>")
    def start(month: int) -> dict[str, str]:
        REPORTS[month] = report.delay(month)
        return {"report": REPORTS[month].id}

    return app
