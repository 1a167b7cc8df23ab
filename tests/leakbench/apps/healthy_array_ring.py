"""The latest 300 readings of a sensor, each a numpy array of 64 kB, in a deque with a greatest length."""

from __future__ import annotations

from collections import deque

import numpy as np
from flask import Flask

READINGS: deque[np.ndarray[tuple[int, ...], np.dtype[np.float64]]] = deque(maxlen=300)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/reading/<int:number>")
    def reading(number: int) -> str:
        READINGS.append(np.linspace(number, number + 1, 8_000))
        return str(float(sum(array[0] for array in READINGS)) / len(READINGS))

    return app
