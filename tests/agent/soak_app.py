"""A busy Flask application for the soak: logging, a thread pool, allocation in each request."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor

from flask import Flask

from heapdiff.flask import HeapDiff

pool = ThreadPoolExecutor(4)
KEPT: list[dict[str, list[int]]] = [{f"key {n}": [n] for n in range(20)} for _ in range(300)]


def work(size: int) -> int:
    logging.info("working on %d", size)
    return sum(len(str(n)) for n in range(size))


def create_app() -> Flask:
    logging.basicConfig(level=logging.INFO, filename="/dev/null")
    app = Flask(__name__)
    HeapDiff(app)

    @app.get("/")
    def index() -> str:
        answers = pool.map(work, (50, 100, 150))
        logging.getLogger("soak").info("answered")
        return str(sum(answers))

    return app
