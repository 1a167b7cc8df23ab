"""aio-libs/multidict#1131, #1117: in 6.3.0 each header's name leaks."""

from flask import Flask
from multidict import CIMultiDict


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/headers/<int:number>")
    def headers(number: int) -> str:
        made = CIMultiDict({f"X-Any-{number}-{place}": str(place) for place in range(40)})
        return str(len(made))

    return app
