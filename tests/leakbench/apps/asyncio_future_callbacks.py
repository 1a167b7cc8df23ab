"""Leaks: each request asks to be told when the catalogue is ready, which it never is."""

import asyncio
from functools import partial

from flask import Flask

LOOP = asyncio.new_event_loop()
CATALOGUE_READY: asyncio.Future[str] = LOOP.create_future()


def tell(visitor: dict[str, object], _catalogue: "asyncio.Future[str]") -> None:
    visitor["told"] = True


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/catalogue/<int:number>")
    def wait_for_catalogue(number: int) -> dict[str, int]:
        visitor = {"number": number, "address": f"visitor{number}@example.com"}
        CATALOGUE_READY.add_done_callback(partial(tell, visitor))
        return {"visitor": number}

    return app
