"""home-assistant/core#90191, encode/httpx#978: a client per user, each with the certificates in a context of its own."""

import httpx
from flask import Flask

CLIENTS: dict[int, httpx.Client] = {}


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/users/<int:number>")
    def user(number: int) -> str:
        CLIENTS[number] = httpx.Client(headers={"X-User": str(number)})
        return "ready"

    return app
