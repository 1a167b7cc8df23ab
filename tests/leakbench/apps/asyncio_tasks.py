"""Leaks: tasks of a background loop are kept in a set, as the docs say, but nobody discards them."""

import asyncio
import threading
from typing import Any

from flask import Flask

LOOP = asyncio.new_event_loop()
TASKS: set[asyncio.Task[Any]] = set()


class Order:
    """What a task works on."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.items = [f"item {item}" for item in range(10)]


async def confirm(order: Order) -> int:
    confirmed = asyncio.Event()
    await confirmed.wait()
    return order.number


async def start(order: Order) -> None:
    TASKS.add(asyncio.create_task(confirm(order)))


def create_app() -> Flask:
    app = Flask(__name__)
    threading.Thread(target=LOOP.run_forever, name="loop", daemon=True).start()

    @app.get("/orders/<int:number>")
    def place(number: int) -> dict[str, int]:
        asyncio.run_coroutine_threadsafe(start(Order(number)), LOOP).result()
        return {"order": number}

    return app
