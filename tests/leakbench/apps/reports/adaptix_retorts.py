"""reagento/adaptix#461: a retort per request, and the source of each loader it compiles stays in linecache."""

from dataclasses import dataclass

from adaptix import Retort
from flask import Flask


@dataclass
class Order:
    number: int
    customer: str


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/orders/<int:number>")
    def order(number: int) -> str:
        return Retort().load({"number": number, "customer": f"customer {number}"}, Order).customer

    return app
