"""Leaks: the only thread of a pool is stuck, and each request puts more work into the pool's queue."""

import threading
from concurrent.futures import ThreadPoolExecutor

from flask import Flask

POOL = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")
SERVER_ANSWERED = threading.Event()
TOTALS = {"characters": 0}


def send(text: str) -> None:
    SERVER_ANSWERED.wait()
    TOTALS["characters"] += len(text)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/mails/<int:number>")
    def mail(number: int) -> dict[str, int]:
        POOL.submit(send, f"Dear customer {number}, " + "." * 300)
        return {"mail": number}

    return app
