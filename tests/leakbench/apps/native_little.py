"""Leaks: a little memory of a C library with each request, and no Python object with it."""

import ctypes

from flask import Flask

LIBC = ctypes.CDLL(None)
LIBC.malloc.restype = ctypes.c_void_p
LIBC.memset.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t)
RECORD_BYTES = 12_000


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/lookup/<int:number>")
    def look_up(number: int) -> dict[str, int]:
        LIBC.memset(LIBC.malloc(RECORD_BYTES), number % 256, RECORD_BYTES)
        return {"bytes": RECORD_BYTES}

    return app
