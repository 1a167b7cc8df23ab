"""Leaks: each basket adds an edge from its visitor, who is never seen again, to a product."""

import networkx as nx
from flask import Flask

BOUGHT = nx.DiGraph()
PRODUCTS = 7


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/visitors/<int:visitor>/basket")
    def buy(visitor: int) -> dict[str, int]:
        product = f"product {visitor % PRODUCTS}"
        BOUGHT.add_edge(f"visitor {visitor}", product, amount=1 + visitor % 3)
        return {"bought by": BOUGHT.in_degree(product)}

    return app
