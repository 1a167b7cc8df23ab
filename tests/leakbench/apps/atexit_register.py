"""Leaks: each export registers the removal of its directory with `atexit`, which keeps it until the end."""

import atexit
from pathlib import Path

from flask import Flask


class Export:
    """A directory that will be filled, and removed some time."""

    def __init__(self, number: int) -> None:
        self.directory = Path("/nowhere") / f"export-{number}"
        self.rows = [number] * 10

    def clean_up(self) -> None:
        self.rows.clear()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/exports/<int:number>")
    def export(number: int) -> dict[str, int]:
        atexit.register(Export(number).clean_up)
        return {"number": number}

    return app
