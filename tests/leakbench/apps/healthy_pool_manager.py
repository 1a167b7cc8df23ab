"""Webhooks go to ever new hosts (psf/requests#1685); urllib3 holds ten connection pools and closes the oldest."""

from __future__ import annotations

import urllib3
from flask import Flask

MANAGER = urllib3.PoolManager(num_pools=10)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/hook/<int:number>")
    def hook(number: int) -> str:
        pool = MANAGER.connection_from_url(f"http://customer-{number}.example")
        return f"{pool.host}: {len(MANAGER.pools)}"

    return app
