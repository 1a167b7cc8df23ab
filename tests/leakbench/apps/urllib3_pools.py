"""Leaks: a pool manager that may keep a pool for each of a million hosts."""

import urllib3
from flask import Flask

POOLS = urllib3.PoolManager(num_pools=1_000_000)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/hooks/<int:customer>")
    def prepare_hook(customer: int) -> dict[str, int | None]:
        pool = POOLS.connection_from_host(f"hooks.customer{customer}.example.com", 443, scheme="https")
        return {"port": pool.port}

    return app
