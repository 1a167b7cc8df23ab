"""Leaks: each customer's rules are loaded as a module under a new name."""

import sys
from types import ModuleType

from flask import Flask

RULES = """
FACTORS = {key: key * 2 for key in range(20)}
def discount(amount):
    return amount - FACTORS.get(amount, 0)
"""


def load_rules(customer: int) -> ModuleType:
    module = ModuleType(f"shop_rules_{customer}")
    sys.modules[module.__name__] = module
    exec(compile(RULES, "rules", "exec"), module.__dict__)
    return module


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/discount/<int:customer>")
    def discount(customer: int) -> dict[str, int]:
        return {"price": load_rules(customer).discount(100)}

    return app
