"""python-websockets/websockets#896, Kludex/uvicorn#1862: each connection compresses with a context of its own."""

from flask import Flask
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode

SESSIONS: dict[int, PerMessageDeflate] = {}


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/sessions/<int:number>")
    def session(number: int) -> str:
        SESSIONS[number] = PerMessageDeflate(False, False, 15, 15)
        greeting = SESSIONS[number].encode(Frame(Opcode.TEXT, b"hello " * 200))
        return str(len(greeting.data))

    return app
