"""miguelgrinberg/python-engineio#328, #14: clients that poll once and never come back stay in the server's table."""

from flask import Flask
from flask_socketio import SocketIO


def create_app() -> Flask:
    app = Flask(__name__)
    SocketIO(app, async_mode="threading", logger=False)

    @app.get("/")
    def home() -> str:
        return "home"

    return app
