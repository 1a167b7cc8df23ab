"""Flask-SQLAlchemy records the queries of each request, and its sessions end with it."""

from __future__ import annotations

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.record_queries import get_recorded_queries
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import StaticPool


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)


class Article(db.Model):  # type: ignore[name-defined]
    """Something to read."""

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]


def create_app() -> Flask:
    app = Flask(__name__)
    app.config.update(
        SQLALCHEMY_DATABASE_URI="sqlite://",
        SQLALCHEMY_ENGINE_OPTIONS={"poolclass": StaticPool, "connect_args": {"check_same_thread": False}},
        SQLALCHEMY_RECORD_QUERIES=True,
    )
    db.init_app(app)
    with app.app_context():
        db.create_all()

    @app.get("/articles/<int:number>")
    def article(number: int) -> dict[str, int]:
        db.session.add(Article(title=f"article {number}"))
        db.session.commit()
        found = db.session.scalars(select(Article).order_by(Article.id.desc()).limit(10)).all()
        return {"articles": len(found), "queries": len(get_recorded_queries())}

    return app
