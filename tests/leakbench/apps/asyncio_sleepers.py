"""Leaks: each request starts a coroutine that sleeps for a day; the loop's timers keep them."""

import asyncio
import threading

from flask import Flask

LOOP = asyncio.new_event_loop()
STATE = {"reminded": 0}


async def remind(customer: int, text: str) -> None:
    await asyncio.sleep(86_400)
    STATE["reminded"] += len(text) + customer


def create_app() -> Flask:
    app = Flask(__name__)
    threading.Thread(target=LOOP.run_forever, name="loop", daemon=True).start()

    @app.get("/remind/<int:customer>")
    def plan_reminder(customer: int) -> dict[str, int]:
        text = f"Dear customer {customer}, " + "." * 200
        asyncio.run_coroutine_threadsafe(remind(customer, text), LOOP)
        return {"customer": customer}

    return app
