"""Times in the visitor's zone (stub42/pytz#42): pytz keeps a zone once it was asked for; few zones are common."""

from __future__ import annotations

import random
from datetime import datetime

import pytz
from flask import Flask

ZONES = tuple(pytz.common_timezones[::7][:60])
WEIGHTS = [1 / (rank + 1) for rank in range(len(ZONES))]


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/meeting/<int:number>")
    def meeting(number: int) -> str:
        (name,) = random.Random(number).choices(ZONES, WEIGHTS)
        return pytz.timezone(name).localize(datetime(2024, 5, 1, 12)).isoformat()

    return app
