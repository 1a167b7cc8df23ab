"""Leaks: on staging, mails go to a mock, which remembers every call."""

from unittest.mock import Mock

from flask import Flask

SEND_MAIL = Mock(return_value=None)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/mails/<int:number>")
    def mail(number: int) -> dict[str, int]:
        SEND_MAIL(to=f"customer{number}@example.com", body=["Dear customer", f"your order {number}"])
        return {"mail": number}

    return app
