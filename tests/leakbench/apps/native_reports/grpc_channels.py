"""grpc/grpc#22123, googleapis/python-pubsub#4: a channel for each tenant, and none is closed."""

import grpc
from flask import Flask

CHANNELS: dict[int, grpc.Channel] = {}


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/tenants/<int:number>")
    def tenant(number: int) -> str:
        CHANNELS[number] = grpc.insecure_channel(f"localhost:{20_000 + number}")
        return "ready"

    return app
