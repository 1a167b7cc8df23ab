"""Letters are rendered from templates that each customer has; Jinja's cache holds 400 and drops the oldest."""

from __future__ import annotations

from flask import Flask
from jinja2 import Environment, FunctionLoader


def source(name: str) -> str:
    return f"<h1>{name}</h1>{{% for item in items %}}<li>{{{{ item|upper }}}} for {name}</li>{{% endfor %}}"


def create_app() -> Flask:
    app = Flask(__name__)
    letters = Environment(loader=FunctionLoader(source), autoescape=True)

    @app.get("/letter/<int:number>")
    def letter(number: int) -> str:
        template = letters.get_template(f"customer {number}")
        return template.render(items=["one", "two", "three"])

    return app
