"""An audit trail of the app: each fifth request changes something and leaves a record; no report."""

from flask import Flask

TRAIL: list[dict[str, object]] = []


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/work/<int:number>")
    def work(number: int) -> str:
        if number % 5 == 0:
            TRAIL.append({"change": number, "by": f"user-{number}", "note": "x" * 40})
        return "done"

    return app
