"""Sockets that connect, enter a room and disconnect again."""

from __future__ import annotations

from flask import Flask
from flask_socketio import SocketIO
from werkzeug.test import Client

from tests.leakbench.apps.socketio_rooms import connect

socketio = SocketIO(async_mode="threading", ping_interval=0.05)  # a thread of each socket lasts as long


def create_app() -> Flask:
    app = Flask(__name__)
    socketio.init_app(app)

    @app.get("/chats/<int:number>")
    def chat(number: int) -> dict[str, int]:
        sid, place = connect(app)
        socketio.server.enter_room(sid, f"chat-{number}")
        Client(app.wsgi_app).post(place, data="41")
        Client(app.wsgi_app).post(place, data="1")
        Client(app.wsgi_app).get(place)  # the poll that was waiting
        return {"chat": number}

    return app
