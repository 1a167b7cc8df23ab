"""An LRU cache of a dict and a doubly linked list, in which the capacity is never looked at."""

from __future__ import annotations

from flask import Flask


class Slot:
    def __init__(self, key: str) -> None:
        self.key = key
        self.value = key.upper()
        self.newer: Slot | None = None
        self.older: Slot | None = None


class LRU:
    capacity = 20

    def __init__(self) -> None:
        self.slots: dict[str, Slot] = {}
        self.newest: Slot | None = None

    def get(self, key: str) -> str:
        slot = self.slots.get(key)
        if slot is None:
            slot = self.slots[key] = Slot(key)
            slot.older, self.newest = self.newest, slot
            if slot.older is not None:
                slot.older.newer = slot
        return slot.value


NAMES = LRU()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/shout/<name>")
    def shout(name: str) -> str:
        return NAMES.get(name)

    return app
