"""A Flask application with a scheduler in its worker: one job keeps what it reads, and so does one view."""

from __future__ import annotations

import os

from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask, Response, jsonify

from heapdiff.flask import HeapDiff

PRICES: list[dict[str, object]] = []
VISITS: list[dict[str, object]] = []

app = Flask("jobs")
HeapDiff(app)


@app.get("/")
def index() -> Response:
    return jsonify(pid=os.getpid(), prices=len(PRICES))


@app.get("/visit/<name>")
def visit(name: str) -> Response:
    VISITS.append({"name": name, "agent": f"browser of {name} " * 20})
    return jsonify(pid=os.getpid())


def read_price(number: int) -> dict[str, object]:
    return {"number": number, "text": f"price {number} " * 50}


def update() -> None:
    PRICES.extend(read_price(number) for number in range(10))


scheduler = BackgroundScheduler()
scheduler.add_job(update, "interval", seconds=0.05, max_instances=1)
scheduler.start()
