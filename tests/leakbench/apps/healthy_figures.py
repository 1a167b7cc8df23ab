"""Charts by matplotlib without pyplot (matplotlib/matplotlib#23701): each figure is a cycle that waits."""

from __future__ import annotations

from io import BytesIO

from flask import Flask, Response
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/chart/<int:number>")
    def chart(number: int) -> Response:
        figure = Figure(figsize=(4, 3))
        FigureCanvasAgg(figure)
        axes = figure.subplots()
        axes.plot(range(50), [n * number % 31 for n in range(50)], label=f"series {number % 5}")
        axes.set_title(f"Chart {number % 10}")
        axes.legend()
        data = BytesIO()
        figure.savefig(data, format="png")
        return Response(data.getvalue(), mimetype="image/png")

    return app
