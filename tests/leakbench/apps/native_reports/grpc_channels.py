"""grpc/grpc#22123, googleapis/python-pubsub#4: channels for each tenant, and none is closed."""

import grpc
from flask import Flask

CHANNELS: dict[tuple[int, int], grpc.Channel] = {}


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/tenants/<int:number>")
    def tenant(number: int) -> str:
        for shard in range(8):
            CHANNELS[number, shard] = grpc.insecure_channel(f"shard{shard}.tenant{number}.localhost:20000")
        return "ready"

    return app
