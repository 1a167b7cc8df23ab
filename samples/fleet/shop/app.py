"""The shop's pages, and heapdiff in it."""

from __future__ import annotations

import os

from flask import Flask, Response, request

from heapdiff.flask import HeapDiff

from . import cache


def create_app() -> Flask:
    app = Flask("shop")
    app.after_request(name_the_worker)
    app.add_url_rule("/health", view_func=health)
    app.add_url_rule("/product/<sku>", view_func=product)
    app.add_url_rule("/buy/<sku>", view_func=buy, methods=["POST"])
    HeapDiff(app)
    return app


def health() -> str:
    return "ok"


def product(sku: str) -> str:
    session = cache.open_session(request.headers.get("User-Agent", ""))
    session.viewed.append(request.full_path)
    return f"<!doctype html><title>{sku}</title><h1>{sku}</h1>"


def buy(sku: str) -> dict[str, str]:
    return {"ordered": sku}


def name_the_worker(response: Response) -> Response:
    response.headers["X-Worker"] = str(os.getpid())
    return response
