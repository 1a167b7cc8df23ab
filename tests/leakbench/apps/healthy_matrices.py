"""Temporary numpy arrays up to 9 MB in four threads (numpy/numpy#18318): malloc keeps what was freed, up to the peak."""

from __future__ import annotations

import numpy as np
from flask import Flask

SIZES = (14_000, 300_000, 60_000, 1_100_000, 25_000, 700_000, 120_000)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/forecast/<int:number>")
    def forecast(number: int) -> str:
        values = np.arange(SIZES[number % len(SIZES)], dtype=float) * (number % 13 + 1)
        smooth = np.convolve(values, np.ones(3) / 3, mode="same")
        return str(float((values - smooth).std()))

    return app
