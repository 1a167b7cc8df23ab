"""Leaks: a mail thread pushes an app context for each job and never pops it; each keeps the one before."""

import queue
import threading

from flask import Flask, g

JOBS: queue.Queue[tuple[int, threading.Event]] = queue.Queue(maxsize=10)


def send_mails(app: Flask) -> None:
    while True:
        number, sent = JOBS.get()
        app.app_context().push()
        g.body = f"Dear customer {number}, " + "." * 500
        sent.set()


def create_app() -> Flask:
    app = Flask(__name__)
    threading.Thread(target=send_mails, args=(app,), name="mailer", daemon=True).start()

    @app.get("/mails/<int:number>")
    def mail(number: int) -> dict[str, int]:
        sent = threading.Event()
        JOBS.put((number, sent))
        sent.wait()
        return {"mail": number}

    return app
