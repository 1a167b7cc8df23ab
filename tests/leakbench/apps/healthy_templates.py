"""120 Jinja templates, compiled when they are first rendered and kept by the environment's bounded cache."""

from __future__ import annotations

from flask import Flask, render_template
from jinja2 import DictLoader

COUNT = 120
TEMPLATE = "<h1>Page %d</h1>{%% for word in words %%}<p>{{ loop.index }}: {{ word|title }}</p>{%% endfor %%}"


def create_app() -> Flask:
    app = Flask(__name__)
    app.jinja_env.loader = DictLoader({f"page{n}.html": TEMPLATE % n for n in range(COUNT)})

    @app.get("/page/<int:number>")
    def page(number: int) -> str:
        return render_template(f"page{min(number // 3, COUNT - 1)}.html", words=["one", "two", str(number)])

    return app
