"""Leaks: compiled mail templates are cached by their text, which differs for each customer."""

from flask import Flask
from jinja2 import Environment, Template

ENVIRONMENT = Environment(autoescape=True)
TEMPLATES: dict[str, Template] = {}


def compiled(source: str) -> Template:
    if source not in TEMPLATES:
        TEMPLATES[source] = ENVIRONMENT.from_string(source)
    return TEMPLATES[source]


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/mails/<int:customer>")
    def show_mail(customer: int) -> str:
        return compiled(f"Dear customer {customer}, {{{{ text }}}}").render(text="your order was sent.")

    return app
