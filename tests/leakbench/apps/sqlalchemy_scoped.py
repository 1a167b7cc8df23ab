"""Leaks: a scoped session whose scope is the request's id, and no `remove()` at the end of the request."""

from flask import Flask, g
from sqlalchemy import create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, scoped_session, sessionmaker
from sqlalchemy.pool import StaticPool


class Base(DeclarativeBase):
    pass


class Product(Base):
    """Something that is sold."""

    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


ENGINE = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
db = scoped_session(sessionmaker(ENGINE), scopefunc=lambda: g.request_id)


def create_app() -> Flask:
    app = Flask(__name__)
    Base.metadata.create_all(ENGINE)

    @app.get("/products/<int:number>")
    def show_products(number: int) -> dict[str, int]:
        g.request_id = f"req-{number}"
        products = db.scalars(select(Product)).all()
        db.rollback()
        return {"products": len(products)}

    return app
