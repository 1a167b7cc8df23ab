"""Jobs are set as globals of the module, under a new name for each."""

from __future__ import annotations

from flask import Flask

JOBS = 0


class Job:
    def __init__(self, number: int) -> None:
        self.number = number


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/job/<int:number>")
    def start(number: int) -> dict[str, int]:
        globals()[f"job_{number}"] = Job(number)
        return {"started": number}

    return app
