"""Leaks: each request makes an exception class of its own and a handler for it."""

from flask import Flask
from flask.typing import ResponseReturnValue

app = Flask(__name__)


def answer_conflict(_error: Exception) -> ResponseReturnValue:
    return "edited by somebody else", 200


@app.get("/pages/<int:page>/edit")
def edit(page: int) -> ResponseReturnValue:
    conflict: type[Exception] = type(f"ConflictOnPage{page}", (Exception,), {})
    app.error_handler_spec[None][None][conflict] = answer_conflict
    if page % 2:
        raise conflict
    return "saved"


def create_app() -> Flask:
    return app
