"""PaddleHQ/paddle-python-sdk#144: each client without a logger adds a handler to the one logger they share."""

from flask import Flask
from paddle_billing import Client


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/billing")
    def bill() -> str:
        return type(Client("pdl_key")).__name__

    return app
