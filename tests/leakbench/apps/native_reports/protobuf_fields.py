"""protocolbuffers/protobuf#10294: a message that lives long keeps every value that a field of it ever had."""

from flask import Flask
from google.protobuf.type_pb2 import Type

STATE = Type()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/state/<int:number>")
    def state(number: int) -> str:
        STATE.name = f"the state after request {number} " * 400
        return "set"

    return app
