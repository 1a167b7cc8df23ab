"""A finalizer of an object that lives for ever is registered per request, with what it would clean up."""

from __future__ import annotations

import weakref

from flask import Flask


class Pool:
    size = 5


class Lease:
    def __init__(self, number: int) -> None:
        self.number = number

    def release(self) -> None:
        self.number = -1


POOL = Pool()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/lease/<int:number>")
    def lease(number: int) -> dict[str, int]:
        taken = Lease(number)
        weakref.finalize(POOL, taken.release)
        return {"number": taken.number, "of": POOL.size}

    return app
