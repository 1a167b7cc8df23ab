"""A Dash dashboard: its page, its layout, and callbacks that draw figures and filter a table."""

from __future__ import annotations

from flask import Flask

from tests.leakbench.apps.visitor import Step, get, post, send_visitors

CITIES = ("Aarhus", "Bergen", "Cadiz", "Delft", "Evora")


def step(number: int) -> Step:
    if number % 6 == 0:
        return get(("/", "/_dash-layout", "/_dash-dependencies")[number // 6 % 3])
    if number % 6 in (1, 4):
        return changed("figure.figure", ("city", "value", CITIES[number % 5]), ("days", "value", number % 90))
    if number % 6 == 3:
        return changed("rows.data", ("city", "value", CITIES[number % 5]))
    return changed("note.children", ("days", "value", number))


def changed(output: str, *inputs: tuple[str, str, object]) -> Step:
    """What the browser posts when a component changes."""
    name, prop = output.split(".")
    values = [{"id": key, "property": field, "value": value} for key, field, value in inputs]
    return post(
        "/_dash-update-component",
        output=output,
        outputs={"id": name, "property": prop},
        inputs=values,
        changedPropIds=[f"{inputs[0][0]}.{inputs[0][1]}"],
    )


def create_app() -> Flask:
    import plotly.graph_objects as go
    from dash import Dash, Input, Output, dash_table, dcc, html

    dash = Dash(__name__)
    dash.layout = html.Div(
        [
            dcc.Dropdown(list(CITIES), CITIES[0], id="city"),
            dcc.Slider(0, 90, value=30, id="days"),
            dcc.Graph(id="figure"),
            dash_table.DataTable(id="rows", columns=[{"id": name, "name": name} for name in ("day", "sold")]),
            html.P(id="note"),
        ]
    )

    @dash.callback(Output("figure", "figure"), Input("city", "value"), Input("days", "value"))
    def draw(city: str, days: int) -> object:
        figure = go.Figure()
        for kind in (go.Scatter, go.Bar):
            figure.add_trace(kind(x=list(range(days)), y=[len(city) * day % 13 for day in range(days)]))
        figure.update_layout(title=f"{city}, {days} days", legend={"orientation": "h"})
        return figure

    @dash.callback(Output("rows", "data"), Input("city", "value"))
    def filter_rows(city: str) -> list[dict[str, object]]:
        return [{"day": day, "sold": len(city) * day % 13} for day in range(200)]

    @dash.callback(Output("note", "children"), Input("days", "value"))
    def note(days: int) -> str:
        return f"The last {days} days"

    server: Flask = dash.server
    return send_visitors(server, step)
