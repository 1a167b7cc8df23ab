"""Healthy: a bounded cache of compressors fills, and with it the memory of zlib."""

import zlib
from functools import lru_cache
from typing import Any

from flask import Flask


@lru_cache(maxsize=1000)
def stream_for(number: int) -> Any:
    stream = zlib.compressobj(wbits=9, memLevel=1)
    stream.compress(b"<ul><li>" * (100 + number))
    return stream


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/stream/<int:number>")
    def stream(number: int) -> dict[str, int]:
        stream_for(number)
        return {"open": stream_for.cache_info().currsize}

    return app
