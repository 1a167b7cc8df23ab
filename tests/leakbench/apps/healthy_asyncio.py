"""An event loop with 20 tasks in each request, closed at its end."""

from __future__ import annotations

import asyncio

from flask import Flask


async def fetch(number: int) -> int:
    await asyncio.sleep(0)
    return number


async def fetch_all(number: int) -> int:
    return sum(await asyncio.gather(*(fetch(number + n) for n in range(20))))


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/fetch/<int:number>")
    def gathered(number: int) -> str:
        return str(asyncio.run(fetch_all(number)))

    return app
