"""A thread pool that starts its 32 threads one after another, as the load asks for them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask

WORKERS = 32
POOL = ThreadPoolExecutor(WORKERS, thread_name_prefix="resize")


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/resize/<int:number>")
    def resize(number: int) -> str:
        together = min(number // 12 + 1, WORKERS)
        barrier = Barrier(together)
        waiting = [POOL.submit(barrier.wait, 30) for _ in range(together)]
        return str(sum(future.result() for future in waiting))

    return app
