"""Leaks: one shared requests session, on which each tenant's host gets an adapter of its own."""

import requests
from flask import Flask
from requests.adapters import HTTPAdapter

HTTP = requests.Session()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/tenants/<int:tenant>/sync")
    def sync(tenant: int) -> dict[str, int]:
        HTTP.mount(f"https://tenant{tenant}.example.com/", HTTPAdapter(max_retries=2))
        return {"adapters": len(HTTP.adapters)}

    return app
