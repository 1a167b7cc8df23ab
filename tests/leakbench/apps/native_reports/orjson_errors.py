"""ijl/orjson#392: in 3.9.0 an error raised by `default` keeps a reference that nobody holds, and its frames."""

import orjson
from flask import Flask


class Upload:
    def __init__(self, number: int) -> None:
        self.content = f"upload {number} " * 600


def refuse(_value: object) -> None:
    raise TypeError


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/uploads/<int:number>")
    def upload(number: int) -> str:
        try:
            return orjson.dumps({"upload": Upload(number)}, default=refuse).decode()
        except TypeError:
            return "not for JSON"

    return app
