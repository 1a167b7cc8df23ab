"""Leaks: a C library's buffers are allocated for each request and never freed."""

import ctypes
from collections import deque

from flask import Flask

LIBC = ctypes.CDLL(None)
LIBC.malloc.restype = ctypes.c_void_p
LIBC.memset.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t)
BUFFER_BYTES = 60_000
LATEST: deque[int] = deque(maxlen=10)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/thumbnails/<int:number>")
    def make_thumbnail(number: int) -> dict[str, int]:
        buffer = LIBC.malloc(BUFFER_BYTES)
        LIBC.memset(buffer, number % 256, BUFFER_BYTES)
        LATEST.append(number)
        return {"bytes": BUFFER_BYTES}

    return app
