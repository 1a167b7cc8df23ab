"""A debug toolbar that keeps everything about the 25 latest requests."""

from __future__ import annotations

from flask import Flask, Response, g, request

KEPT = 25


class Toolbar:
    """Panels of the latest requests, oldest first."""

    def __init__(self, app: Flask) -> None:
        self.history: list[dict[str, object]] = []
        app.before_request(self.open)
        app.after_request(self.close)

    def open(self) -> None:
        g.queries = []

    def close(self, response: Response) -> Response:
        panels = {
            "headers": dict(request.headers),
            "queries": g.queries,
            "status": response.status,
            "size": len(response.data),
        }
        self.history = [*self.history[1 - KEPT :], panels]
        return response


def create_app() -> Flask:
    app = Flask(__name__)
    Toolbar(app)

    @app.get("/list/<int:number>")
    def show(number: int) -> str:
        g.queries += [f"select {n} from t where id = {number}" for n in range(8)]
        return "shown"

    return app
