"""Pages are parsed into trees, which are cycles (MechanicalSoup/MechanicalSoup#253), with a collector that runs seldom.

The thresholds are those of busy sites.
"""

from __future__ import annotations

import gc

from bs4 import BeautifulSoup
from flask import Flask


def page(number: int) -> str:
    rows = "".join(f"<tr><td class='name'>client {n}</td><td>{n * number}</td></tr>" for n in range(25))
    return f"<html><body><h1>Router {number}</h1><table>{rows}</table></body></html>"


def create_app() -> Flask:
    gc.set_threshold(20_000, 20, 20)
    app = Flask(__name__)

    @app.get("/clients/<int:number>")
    def clients(number: int) -> str:
        soup = BeautifulSoup(page(number), "html.parser")
        return ", ".join(cell.get_text() for cell in soup.find_all("td", class_="name"))

    return app
