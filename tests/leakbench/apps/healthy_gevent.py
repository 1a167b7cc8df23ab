"""Greenlets in each request under a gevent worker, with a bounded list of results."""

from __future__ import annotations

from collections import deque

import gevent
from flask import Flask

RESULTS: deque[list[str]] = deque(maxlen=100)


def look_up(number: int) -> str:
    gevent.sleep(0)
    return f"result {number}"


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/gather/<int:number>")
    def gather(number: int) -> str:
        jobs = [gevent.spawn(look_up, number + n) for n in range(5)]
        gevent.joinall(jobs)
        RESULTS.append([job.value for job in jobs])
        return str(len(RESULTS))

    return app
