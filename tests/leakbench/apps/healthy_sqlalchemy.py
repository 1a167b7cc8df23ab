"""An engine with its pool and cache of compiled statements, and a session that each request closes."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import Integer, String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import StaticPool


class Base(DeclarativeBase):
    """The tables of this app."""


class User(Base):
    """Somebody who orders."""

    __tablename__ = "users"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
    city: Mapped[str] = mapped_column(String(50))


def create_app() -> Flask:
    app = Flask(__name__)
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(User(name=f"name {n}", city=f"city {n % 5}") for n in range(200))
        session.commit()

    @app.get("/users/<int:number>")
    def users(number: int) -> str:
        with Session(engine) as session:
            query = select(User).where(User.city == f"city {number % 5}").limit(number // 20 % 6 + 1)
            if number % 2:
                query = query.where(User.id > 3)
            if number % 3:
                query = query.order_by(User.name)
            return ", ".join(user.name for user in session.scalars(query))

    return app
