"""A report by pandas in each request (benoitc/gunicorn#2065): big temporaries in the server's four threads."""

from __future__ import annotations

from io import StringIO

import pandas as pd
from flask import Flask


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/report/<int:number>")
    def report(number: int) -> str:
        rows = 2_000 + number * 37 % 6_000
        lines = "\n".join(f"{n % 97},{n % 11},{n * number % 1000}" for n in range(rows))
        frame = pd.read_csv(StringIO("customer,region,amount\n" + lines))
        table = frame.merge(frame.groupby("region").amount.mean().rename("mean"), on="region")
        pivot = table.pivot_table(index="customer", columns="region", values="amount", aggfunc="sum")
        return str(float(pivot.fillna(0).to_numpy().sum()))

    return app
