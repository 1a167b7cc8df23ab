"""msgpack/msgpack-python#571, #129: the unpacker of each connection keeps the buffer of its largest message."""

import msgpack
from flask import Flask

CONNECTIONS: dict[int, "Connection"] = {}
MESSAGE = msgpack.packb({"picture": b"x" * 200_000})


class Connection:
    def __init__(self) -> None:
        self.unpacker = msgpack.Unpacker()

    def receive(self, data: bytes) -> int:
        self.unpacker.feed(data)
        return sum(len(message["picture"]) for message in self.unpacker)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/peers/<int:number>")
    def peer(number: int) -> str:
        CONNECTIONS[number] = Connection()
        return str(CONNECTIONS[number].receive(MESSAGE))

    return app
