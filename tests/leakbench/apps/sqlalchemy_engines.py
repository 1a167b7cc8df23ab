"""Leaks: an engine per tenant, cached by URL; each tenant is seen once."""

from flask import Flask
from sqlalchemy import Engine, create_engine, text

ENGINES: dict[str, Engine] = {}


def engine_of(tenant: int) -> Engine:
    url = f"sqlite:///file:tenant{tenant}?mode=memory&uri=true"
    if url not in ENGINES:
        ENGINES[url] = create_engine(url)
    return ENGINES[url]


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/tenants/<int:tenant>")
    def show_tenant(tenant: int) -> dict[str, int]:
        engine = engine_of(tenant)
        with engine.connect() as connection:
            answer: int = connection.execute(text("select 1")).scalar_one()
        engine.dispose()
        return {"answer": answer}

    return app
