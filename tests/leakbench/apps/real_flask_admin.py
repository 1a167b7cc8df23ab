"""The demo of Flask-Admin with SQLAlchemy: users and posts are listed, searched, created, changed, deleted."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from tests.leakbench.apps.visitor import Step, form, get, send_visitors

USERS = 120


def step(number: int) -> Step:
    """Every round of eight creates a user, changes it and deletes it; it gets the next free id."""
    fields = {"name": f"User {number // 8}", "email": f"user{number // 8}@example.org"}
    steps = (
        get("/admin/"),
        get(f"/admin/user/?page={number % 5}&sort={number % 2}"),
        form("/admin/user/new/", **fields),
        get(f"/admin/user/?search=user{number % 50}"),
        form(f"/admin/user/edit/?id={USERS + 1}", **fields),
        get(f"/admin/post/?page={number % 4}&flt0_0=Title+{number % 30}"),
        form("/admin/user/delete/", id=USERS + 1),
        get(f"/admin/post/edit/?id={number % 90 + 1}"),
    )
    return steps[number % len(steps)]


def create_app() -> Flask:
    from flask_admin import Admin
    from flask_admin.contrib.sqla import ModelView
    from flask_sqlalchemy import SQLAlchemy

    app = Flask(__name__)
    app.config["SECRET_KEY"] = "not a secret"
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{Path.home() / 'admin.db'}"
    db = SQLAlchemy(app)

    class User(db.Model):  # type: ignore[name-defined]
        id = db.Column(db.Integer, primary_key=True)
        name = db.Column(db.String(80))
        email = db.Column(db.String(120))

    class Post(db.Model):  # type: ignore[name-defined]
        id = db.Column(db.Integer, primary_key=True)
        title = db.Column(db.String(80))
        text = db.Column(db.Text)
        user_id = db.Column(db.Integer, db.ForeignKey("user.id"))
        user = db.relationship(User, backref="posts")

    class UserView(ModelView):
        column_searchable_list = ("name", "email")
        form_columns = ("name", "email")

    class PostView(ModelView):
        column_filters = ("title",)

    with app.app_context():
        db.create_all()
        if not db.session.query(User).count():
            db.session.add_all(User(name=f"Name {n}", email=f"user{n}@example.org") for n in range(USERS))
            db.session.flush()
            db.session.add_all(Post(title=f"Title {n}", text="…", user_id=n + 1) for n in range(90))
            db.session.commit()
    admin = Admin(app, name="Demo")
    admin.add_view(UserView(User, db))
    admin.add_view(PostView(Post, db))
    return send_visitors(app, step)
