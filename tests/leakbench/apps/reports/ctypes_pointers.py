"""python/cpython#100926: a structure made for each message's length, and POINTER keeps every one in its cache."""

import ctypes

from flask import Flask


def message_of(size: int) -> type[ctypes.Structure]:
    class Message(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("body", ctypes.c_ubyte * size))

    return Message


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/messages/<int:number>")
    def read(number: int) -> str:
        buffer = ctypes.create_string_buffer(600)
        message = ctypes.cast(buffer, ctypes.POINTER(message_of(16 + number % 500)))
        return str(message.contents.length)

    return app
