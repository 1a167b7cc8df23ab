"""Leaks: a callback waits for the result of each export, which the workers send to another backend."""

from celery import Celery
from celery.result import AsyncResult
from flask import Flask

tasks = Celery("shop", broker="memory://", backend="rpc://")


def send_mail(result: AsyncResult) -> None:
    result.forget()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/exports/<int:number>")
    def export(number: int) -> dict[str, str]:
        result = tasks.AsyncResult(f"export-{number}")
        result.then(send_mail)
        return {"export": result.id}

    return app
