"""A job for each order that runs at once, and one under a fixed name that each request puts off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

SCHEDULER = BackgroundScheduler(timezone=UTC)


def work(number: int) -> int:
    return number


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/orders/<int:number>")
    def order(number: int) -> dict[str, int]:
        if not SCHEDULER.running:  # in the worker, not in the process that it was forked from
            SCHEDULER.start()
        later = datetime.now(UTC) + timedelta(minutes=5)
        SCHEDULER.add_job(work, args=[number], id=f"order-{number}", misfire_grace_time=None)
        SCHEDULER.add_job(work, "date", run_date=later, args=[number], id="reminder", replace_existing=True)
        return {"order": number}

    return app
