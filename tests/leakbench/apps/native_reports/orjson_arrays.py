"""ijl/orjson#422: in 3.9.5 an array that goes through `default` keeps a reference that nobody holds."""

import numpy as np
import orjson
from flask import Flask


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/columns/<int:number>")
    def column(number: int) -> bytes:
        names = np.array([f"row {number}"] * 1500)
        return orjson.dumps(
            {"names": names}, default=lambda value: value.tolist(), option=orjson.OPT_SERIALIZE_NUMPY
        )[:40]

    return app
