"""One SQLAlchemy session for all requests (sqlalchemy/sqlalchemy#4616); it keeps what it loaded weakly."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.pool import StaticPool


class Base(DeclarativeBase):
    """The tables of this app."""


class Order(Base):
    """An order with its lines; both know each other."""

    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    lines: Mapped[list[Line]] = relationship(back_populates="order")


class Line(Base):
    """A line of an order."""

    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    order: Mapped[Order] = relationship(back_populates="lines")


def create_app() -> Flask:
    app = Flask(__name__)
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    Base.metadata.create_all(engine)
    session = Session(engine)
    for n in range(400):
        session.add(Order(name=f"order {n}", lines=[Line(text=f"line {m}") for m in range(8)]))
    session.commit()

    @app.get("/orders/<int:number>")
    def orders(number: int) -> str:
        query = select(Order).where(Order.id.between(number % 390, number % 390 + 9))
        found = session.scalars(query).all()
        text = ", ".join(line.text for order in found for line in order.lines)
        found[0].name = f"order seen {number}"
        session.commit()
        return text

    return app
