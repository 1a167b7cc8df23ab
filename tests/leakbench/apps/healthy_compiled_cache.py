"""Searches of ever new shapes fill SQLAlchemy's cache of compiled statements (sqlalchemy/sqlalchemy#4560).

It holds 500 and prunes itself at half as many again.
"""

from __future__ import annotations

from itertools import product

from flask import Flask
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, select
from sqlalchemy.pool import StaticPool

NAMES = [f"column_{n}" for n in range(12)]
SHAPES = list(product(range(12), range(12), range(12)))


def create_app() -> Flask:
    app = Flask(__name__)
    metadata = MetaData()
    table = Table(
        "rows",
        metadata,
        Column("id", Integer, primary_key=True),
        *(Column(name, String(20)) for name in NAMES),
    )
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    metadata.create_all(engine)

    @app.get("/search/<int:number>")
    def search(number: int) -> str:
        first, second, third = SHAPES[number * 7 % len(SHAPES)]
        query = select(table.c[NAMES[first]], table.c.id).where(table.c[NAMES[second]] == f"x{number}")
        with engine.connect() as connection:
            return str(len(connection.execute(query.order_by(table.c[NAMES[third]])).all()))

    return app
