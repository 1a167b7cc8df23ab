"""Leaks: a view hands its variables to the template through a context processor of the whole app."""

from flask import Flask, render_template_string

app = Flask(__name__)
PAGE = "<h1>{{ title }}</h1>"


@app.get("/articles/<int:number>")
def show_article(number: int) -> str:
    title = f"Article {number}"
    app.template_context_processors[None].append(lambda: {"title": title})
    return render_template_string(PAGE)


def create_app() -> Flask:
    return app
