"""Leaks: a SimpleCache with so high a threshold and so many keys that nothing ever leaves it."""

from flask import Flask
from flask_caching import Cache

app = Flask(__name__)
cache = Cache(
    app,
    config={"CACHE_TYPE": "SimpleCache", "CACHE_THRESHOLD": 10_000_000, "CACHE_DEFAULT_TIMEOUT": 86_400},
)


@app.get("/search/<query>")
@cache.cached()
def search(query: str) -> str:
    return f"<li>{query}</li>" * 20


def create_app() -> Flask:
    return app
