"""Leaks: a view makes a type for each kind of event and registers a renderer for it."""

from functools import singledispatch

from flask import Flask


@singledispatch
def render(event: object) -> str:
    return repr(event)


@render.register
def _(event: int) -> str:
    return f"{event:,}"


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/events/<int:number>")
    def show_event(number: int) -> str:
        kind = type(f"Event{number}", (), {"number": number})
        render.register(kind, lambda event: f"event {event.number}")
        return render(kind())

    return app
