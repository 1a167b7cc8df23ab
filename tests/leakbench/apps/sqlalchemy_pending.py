"""Leaks: one session for the whole process, to which each request adds an object that is never flushed."""

from flask import Flask
from sqlalchemy import create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import StaticPool


class Base(DeclarativeBase):
    pass


class Visit(Base):
    """A page view, as a row."""

    __tablename__ = "visits"
    id: Mapped[int] = mapped_column(primary_key=True)
    page: Mapped[str]


ENGINE = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
SESSION = Session(ENGINE, autoflush=False)
Base.metadata.create_all(ENGINE)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/pages/<int:page>")
    def show_page(page: int) -> dict[str, int]:
        SESSION.add(Visit(page=f"/pages/{page}"))
        with Session(ENGINE) as session:
            return {"saved": len(session.scalars(select(Visit)).all())}

    return app
