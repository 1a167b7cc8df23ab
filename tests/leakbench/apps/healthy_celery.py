"""Celery keeps the results of tasks in memory, as many as `result_cache_max` says."""

from __future__ import annotations

from celery import Celery
from flask import Flask

tasks = Celery("shop", broker="memory://", backend="cache+memory://")
tasks.conf.update(task_always_eager=True, task_store_eager_result=True, result_cache_max=100)


@tasks.task(name="price")
def price(product: int) -> list[int]:
    return [product * step for step in range(20)]


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/prices/<int:product>")
    def show(product: int) -> dict[str, int]:
        task = price.delay(product).id
        return {"price": tasks.AsyncResult(task).get()[1]}

    return app
