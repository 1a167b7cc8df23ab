"""Leaks: rows of Python objects end in the columns of an object array, which grows for ever."""

import numpy as np
from flask import Flask


class Table:
    """A growing table of orders, as a data frame would keep them."""

    def __init__(self) -> None:
        self.orders = np.empty(0, dtype=object)

    def append(self, order: dict[str, object]) -> None:
        self.orders = np.append(self.orders, np.array([order], dtype=object))


TABLE = Table()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/orders/<int:number>")
    def place(number: int) -> dict[str, int]:
        TABLE.append({"number": number, "customer": f"customer {number}"})
        return {"orders": len(TABLE.orders)}

    return app
