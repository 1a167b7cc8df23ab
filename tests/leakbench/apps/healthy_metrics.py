"""Counters and histograms with a fixed set of labels: each child is made when it is first counted."""

from __future__ import annotations

from flask import Flask
from prometheus_client import CollectorRegistry, Counter, Histogram

REGISTRY = CollectorRegistry()
METHODS = ("get", "post", "put", "delete")
REQUESTS = Counter("requests", "Requests by route", ["route", "method"], registry=REGISTRY)
LATENCY = Histogram("latency_seconds", "Latency by route", ["route"], registry=REGISTRY)
ROUTES = [f"route{n}" for n in range(12)]


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/work/<int:number>")
    def work(number: int) -> str:
        route = ROUTES[number // 4 % len(ROUTES)]
        REQUESTS.labels(route, METHODS[number % 4]).inc()
        LATENCY.labels(route).observe(number % 10 / 10)
        return route

    return app
