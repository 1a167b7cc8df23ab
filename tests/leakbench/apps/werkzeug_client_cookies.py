"""Leaks: the self-check goes through one test client, whose jar keeps a cookie for each basket."""

from flask import Flask, Response

app = Flask(__name__)


@app.get("/baskets/<int:basket>/ping")
def ping(basket: int) -> Response:
    response = Response("pong")
    response.set_cookie(f"basket-{basket}", "x" * 40, path=f"/baskets/{basket}")
    return response


CHECKS = app.test_client()


@app.get("/baskets/<int:basket>")
def check_basket(basket: int) -> str:
    return CHECKS.get(f"/baskets/{basket}/ping").text


def create_app() -> Flask:
    return app
