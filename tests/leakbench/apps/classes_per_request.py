"""A class is made for each form and kept by its name."""

from __future__ import annotations

from flask import Flask

FORMS: dict[str, type[Form]] = {}


class Form:
    fields: tuple[str, ...] = ()

    def render(self) -> str:
        return "".join(f"<input name='{field}'>" for field in self.fields)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/form/<int:number>")
    def form(number: int) -> str:
        name = f"Form{number}"
        FORMS[name] = type(name, (Form,), {"fields": ("name", "street", f"extra{number}")})
        return FORMS[name]().render()

    return app
