"""Leaks: Flask-SQLAlchemy records the queries of an app context, and a thread that works for all requests has one for ever."""

import threading
from queue import SimpleQueue

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import text

db = SQLAlchemy()
ORDERS: SimpleQueue[tuple[int, threading.Event]] = SimpleQueue()


def bill(app: Flask) -> None:
    with app.app_context():
        while True:
            number, billed = ORDERS.get()
            db.session.execute(text("select :number"), {"number": number}).scalar()
            db.session.rollback()
            billed.set()


def create_app() -> Flask:
    app = Flask(__name__)
    app.config.update(SQLALCHEMY_DATABASE_URI="sqlite://", SQLALCHEMY_RECORD_QUERIES=True)
    db.init_app(app)
    started = threading.Event()

    @app.get("/orders/<int:number>/bill")
    def order(number: int) -> dict[str, int]:
        if not started.is_set():  # in the worker, not in the process that it was forked from
            started.set()
            threading.Thread(target=bill, args=(app,), name="billing", daemon=True).start()
        billed = threading.Event()
        ORDERS.put((number, billed))
        billed.wait()
        return {"billed": number}

    return app
