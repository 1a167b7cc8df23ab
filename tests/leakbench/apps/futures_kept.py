"""Leaks: the futures of finished work, with their results, are kept for a status page."""

from concurrent.futures import Future, ThreadPoolExecutor

from flask import Flask

POOL = ThreadPoolExecutor(max_workers=2)
STATUS: dict[str, "Future[list[int]]"] = {}


def price(number: int) -> list[int]:
    return [number * factor for factor in range(50)]


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/prices/<int:number>")
    def start_pricing(number: int) -> dict[str, int]:
        future = STATUS[f"job-{number}"] = POOL.submit(price, number)
        return {"prices": len(future.result())}

    return app
