"""Leaks: a schema class per request; marshmallow's own registry keeps each under its name."""

from flask import Flask
from marshmallow import Schema, fields


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/forms/<int:form>")
    def show_form(form: int) -> dict[str, object]:
        schema = type(f"Form{form}Schema", (Schema,), {"answer": fields.Integer()})
        loaded: dict[str, object] = schema().load({"answer": str(form)})
        return loaded

    return app
