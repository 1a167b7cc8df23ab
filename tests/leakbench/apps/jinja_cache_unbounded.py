"""Leaks: the app's own template cache has no bound, and templates are named after users."""

from flask import Flask, render_template
from jinja2 import FunctionLoader

app = Flask(__name__)
app.jinja_options = {"cache_size": -1}
app.jinja_loader = FunctionLoader(lambda name: f"<title>{name}</title>{{{{ text }}}}")


@app.get("/profiles/<int:user>")
def show_profile(user: int) -> str:
    return render_template(f"profile-{user}.html", text="hello")


def create_app() -> Flask:
    return app
