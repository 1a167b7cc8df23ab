"""A module for each customer's rules, made by hand and kept in a dict: no import."""

from __future__ import annotations

from types import ModuleType

from flask import Flask

RULES: dict[str, ModuleType] = {}
SCRIPT = "def price(amount):\n    return amount * 90 // 100\n"


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/price/<customer>")
    def price(customer: str) -> str:
        rules = RULES.get(customer)
        if rules is None:
            rules = RULES[customer] = ModuleType(f"rules_of_{customer}")
            exec(SCRIPT, rules.__dict__)
        return str(rules.price(1000))

    return app
