"""Leaks: the embedding of each query is appended to a history."""

import numpy as np
from flask import Flask

HISTORY: list[np.ndarray[tuple[int], np.dtype[np.float64]]] = []


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/embed/<int:number>")
    def embed(number: int) -> dict[str, float]:
        vector = np.sin(np.arange(2048.0) * number)
        HISTORY.append(vector)
        return {"norm": float(vector @ vector)}

    return app
