"""Leaks: of each picture only the first row is kept, as a view, which keeps the whole picture."""

from collections import deque
from typing import Any

import numpy as np
from flask import Flask

FIRST_ROWS: dict[int, np.ndarray[Any, np.dtype[np.uint8]]] = {}
RECENT: deque[float] = deque(maxlen=30)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/pictures/<int:number>")
    def take(number: int) -> dict[str, float]:
        picture = np.full((128, 256), number % 256, dtype=np.uint8)
        FIRST_ROWS[number] = picture[0]
        RECENT.append(float(picture.mean()))
        return {"brightness": RECENT[-1]}

    return app
