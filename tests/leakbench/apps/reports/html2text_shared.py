"""Alir3z4/html2text#13: one converter for all mails, which keeps what it ever wrote."""

import html2text
from flask import Flask

CONVERTER = html2text.HTML2Text()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/mails/<int:number>")
    def mail(number: int) -> str:
        return CONVERTER.handle(
            f"<p>Dear customer {number}, <a href='/o/{number}'>your order</a> is paid.</p>"
        )[:20]

    return app
