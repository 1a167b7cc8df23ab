"""Leaks: the user loader remembers each user that it has loaded, so that Flask-Login needn't ask the database again."""

from flask import Flask
from flask_login import LoginManager, UserMixin, current_user, login_required

login_manager = LoginManager()
USERS: dict[str, "Customer"] = {}


class Customer(UserMixin):
    """Who is logged in."""

    def __init__(self, number: str) -> None:
        self.id = number
        self.baskets = [f"basket {n} of {number}" for n in range(5)]


@login_manager.user_loader
def load(number: str) -> Customer:
    if number not in USERS:
        USERS[number] = Customer(number)
    return USERS[number]


@login_manager.request_loader
def from_path(request: object) -> Customer:
    return load(request.view_args["number"])  # type: ignore[attr-defined]


def create_app() -> Flask:
    app = Flask(__name__)
    login_manager.init_app(app)

    @app.get("/customers/<number>")
    @login_required
    def customer(number: str) -> dict[str, int | str]:
        return {"number": number, "baskets": len(current_user.baskets)}

    return app
