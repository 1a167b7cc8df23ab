"""protocolbuffers/upb#1243: in protobuf 4.22.1 the size of a message that isn't set leaks from its parent's arena."""

from flask import Flask
from google.protobuf.type_pb2 import Type

MESSAGE = Type()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/size")
    def size() -> str:
        return str(sum(MESSAGE.source_context.ByteSize() for _ in range(100)))

    return app
