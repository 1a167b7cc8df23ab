"""Leaks: a memoized function is asked for each user; the cache has an app factory and no useful bound."""

from flask import Flask
from flask_caching import Cache

cache = Cache()


@cache.memoize(timeout=0)
def recommend(user: int) -> list[int]:
    return [user * step for step in range(30)]


def create_app() -> Flask:
    app = Flask(__name__)
    app.config.update(CACHE_TYPE="SimpleCache", CACHE_THRESHOLD=1_000_000)
    cache.init_app(app)

    @app.get("/users/<int:user>/recommended")
    def recommended(user: int) -> list[int]:
        numbers: list[int] = recommend(user)
        return numbers

    return app
