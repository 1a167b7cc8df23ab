"""Leaks: a dashboard's socket enters a room for each order that it shows, and leaves none."""

from flask import Flask
from flask_socketio import SocketIO
from werkzeug.test import Client

socketio = SocketIO(async_mode="threading", ping_interval=3600, ping_timeout=3600)


def connect(app: Flask) -> tuple[str, str]:
    """A client that polls: its transport opened, its socket connected; the socket's id, and where the client asks for more."""
    client = Client(app.wsgi_app)
    text = client.get("/socket.io/?EIO=4&transport=polling").get_data(as_text=True)
    session = text.partition('"sid":"')[2].partition('"')[0]
    place = f"/socket.io/?EIO=4&transport=polling&sid={session}"
    client.post(place, data="40")
    connected = client.get(place).get_data(as_text=True)
    return connected.partition('"sid":"')[2].partition('"')[0], place


def create_app() -> Flask:
    app = Flask(__name__)
    socketio.init_app(app)
    dashboards: list[str] = []

    @app.get("/orders/<int:number>/watch")
    def watch(number: int) -> dict[str, int]:
        if not dashboards:
            dashboards.append(connect(app)[0])
        socketio.server.enter_room(dashboards[0], f"order-{number}")
        return {"watched": number}

    return app
