"""A class keeps the plans it made in a tuple that is replaced by a longer one."""

from __future__ import annotations

from typing import ClassVar

from flask import Flask


class Plan:
    def __init__(self, stops: list[str]) -> None:
        self.stops = stops


class Planner:
    made: ClassVar[tuple[Plan, ...]] = ()
    towns = ("Aachen", "Bonn", "Celle", "Dachau")

    @classmethod
    def plan(cls, number: int) -> Plan:
        plan = Plan([cls.towns[number % 4], cls.towns[number // 4 % 4]])
        cls.made += (plan,)
        return plan


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/plan/<int:number>")
    def plan(number: int) -> dict[str, list[str]]:
        return {"stops": Planner.plan(number).stops}

    return app
