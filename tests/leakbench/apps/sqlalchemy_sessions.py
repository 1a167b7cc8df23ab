"""Leaks: each wizard keeps its own session open, with the changed objects in it, under the visitor's id."""

from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Draft(Base):
    """An offer that somebody is still writing."""

    __tablename__ = "drafts"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]


ENGINE = create_engine("sqlite://")
WIZARDS: dict[int, Session] = {}


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/wizard/<int:visitor>")
    def start_wizard(visitor: int) -> dict[str, int]:
        session = WIZARDS[visitor] = Session(ENGINE)
        session.add(Draft(text=f"offer for {visitor}"))
        return {"visitor": visitor}

    return app
