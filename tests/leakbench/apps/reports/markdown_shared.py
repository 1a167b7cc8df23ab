"""Python-Markdown/markdown#305, ucrcsedept/galah#422: one converter for all pages, and never a reset."""

import markdown
from flask import Flask

CONVERTER = markdown.Markdown()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/pages/<int:number>")
    def page(number: int) -> str:
        return CONVERTER.convert(f"# Page {number}\n\n<div>raw part {number}</div>\n\nAnd text.\n")

    return app
