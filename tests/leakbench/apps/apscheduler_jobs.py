"""Leaks: a job a year ahead for each subscription, in a scheduler that keeps them in memory."""

from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

SCHEDULER = BackgroundScheduler(timezone=UTC)


def renew(subscription: int) -> int:
    return subscription


def create_app() -> Flask:
    app = Flask(__name__)
    SCHEDULER.start()

    @app.get("/subscriptions/<int:number>")
    def subscribe(number: int) -> dict[str, int]:
        when = datetime.now(UTC) + timedelta(days=365)
        SCHEDULER.add_job(renew, "date", run_date=when, args=[number], id=f"renew-{number}")
        return {"subscription": number}

    return app
