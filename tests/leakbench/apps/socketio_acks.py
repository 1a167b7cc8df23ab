"""Leaks: each event asks the client for an acknowledgement, and the client's page never sends one."""

from flask import Flask
from flask_socketio import SocketIO
from werkzeug.test import Client

from tests.leakbench.apps.socketio_rooms import connect

socketio = SocketIO(async_mode="threading", ping_interval=3600, ping_timeout=3600)


class Delivery:
    """What is to be done when a client has got its message."""

    def __init__(self, number: int) -> None:
        self.number = number

    def done(self) -> None:
        self.number = 0


def create_app() -> Flask:
    app = Flask(__name__)
    socketio.init_app(app)
    pages: list[tuple[str, str]] = []

    @app.get("/messages/<int:number>")
    def send(number: int) -> dict[str, int]:
        if not pages:
            pages.append(connect(app))
        session, place = pages[0]
        socketio.emit("message", number, to=session, callback=Delivery(number).done)
        Client(app.wsgi_app).get(place)  # the client takes it
        return {"sent": number}

    return app
