"""A pool of database connections that opens one more now and then until it has its size."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from queue import LifoQueue

from flask import Flask

SIZE = 24
OPEN_EVERY = 10


class Pool:
    """Connections that are idle; a new one is opened while there are fewer than `SIZE`."""

    def __init__(self) -> None:
        self.idle: LifoQueue[sqlite3.Connection] = LifoQueue()
        self.opened = 0

    @contextmanager
    def connection(self, fresh: bool) -> Iterator[sqlite3.Connection]:
        if self.opened < SIZE and (fresh or not self.opened):
            self.opened += 1
            taken = sqlite3.connect(":memory:", check_same_thread=False)
        else:
            taken = self.idle.get()
        try:
            yield taken
        finally:
            self.idle.put(taken)


POOL = Pool()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/sum/<int:number>")
    def add(number: int) -> str:
        with POOL.connection(fresh=number % OPEN_EVERY == 0) as connection:
            (found,) = connection.execute("select ? + 1", (number,)).fetchone()
        return str(found)

    return app
