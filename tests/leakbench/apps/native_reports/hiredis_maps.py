"""redis/hiredis-py#175, redis/redis-py#3025: before 3.1 the values of a map in an answer are never freed."""

import hiredis
from flask import Flask

READER = hiredis.Reader()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/profiles/<int:number>")
    def profile(number: int) -> str:
        value = f"profile {number} ".encode() * 400
        READER.feed(b"%%1\r\n$4\r\nname\r\n$%d\r\n%b\r\n" % (len(value), value))
        return str(len(READER.gets()))

    return app
