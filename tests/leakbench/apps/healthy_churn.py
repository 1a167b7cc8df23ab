"""Large temporary structures in each request, all gone at its end."""

from __future__ import annotations

import json

from flask import Flask


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/export/<int:number>")
    def export(number: int) -> str:
        rows = [{"row": row, "name": f"{number}/{row}", "tags": [row, str(row)]} for row in range(3000)]
        text = json.dumps(rows)
        return str(len(json.loads(text)))

    return app
