"""Samples of a sound are appended to one buffer."""

from __future__ import annotations

from flask import Flask


class Recorder:
    def __init__(self) -> None:
        self.samples = bytearray()

    def record(self, number: int) -> int:
        self.samples += bytes((number % 256,)) * 2000
        return len(self.samples)


RECORDER = Recorder()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/record/<int:number>")
    def record(number: int) -> dict[str, int]:
        return {"recorded": RECORDER.record(number)}

    return app
