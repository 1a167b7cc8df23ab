"""Leaks: an environment per theme preview, kept so that the preview could be shown again."""

from flask import Flask
from jinja2 import DictLoader, Environment

PREVIEWS: dict[int, Environment] = {}


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/themes/<int:preview>")
    def preview_theme(preview: int) -> str:
        environment = Environment(loader=DictLoader({"page": f"<p>theme {preview}: {{{{ text }}}}</p>"}))
        PREVIEWS[preview] = environment
        return environment.get_template("page").render(text="hello")

    return app
