"""As matplotlib keeps its figures: in a class that has no objects, and that several modules import; no report."""

from flask import Flask

from tests.leakbench.apps.reports.shop import admin
from tests.leakbench.apps.reports.shop.registry import Carts


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/carts/<int:number>")
    def fill(number: int) -> str:
        Carts.put(f"user{number}", ["tea"] * (number % 5 + 1))
        return str(admin.count())

    return app
