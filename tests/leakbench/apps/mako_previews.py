"""Leaks: each preview is put into the lookup of templates under a name of its own."""

from flask import Flask
from mako.lookup import TemplateLookup

TEMPLATES = TemplateLookup()
TEMPLATES.put_string("base", "<h1>${title}</h1>")


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/newsletters/<int:number>/preview")
    def preview(number: int) -> str:
        name = f"preview {number}"
        TEMPLATES.put_string(name, f"Dear ${{name}}, this is newsletter {number}.")
        page: str = TEMPLATES.get_template("base").render(title=name)
        return page + TEMPLATES.get_template(name).render(name="Ada")

    return app
