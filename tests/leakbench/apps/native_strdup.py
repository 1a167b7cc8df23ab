"""Leaks: many small strings that a C library copies for each request."""

import ctypes

from flask import Flask

LIBC = ctypes.CDLL(None)
LIBC.strdup.restype = ctypes.c_void_p
LIBC.strdup.argtypes = (ctypes.c_char_p,)
WORDS = [f"word {number} ".encode() * 8 for number in range(400)]


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/index/<int:number>")
    def index(number: int) -> dict[str, int]:
        for word in WORDS:
            LIBC.strdup(word)
        return {"document": number}

    return app
