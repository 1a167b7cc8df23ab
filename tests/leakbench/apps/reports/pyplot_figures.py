"""nccgroup/SteppingStones#2, UWCS/apollo#152: each chart is a figure of pyplot, and none is closed."""

import io
import warnings

import matplotlib as mpl
from flask import Flask

mpl.use("agg")

from matplotlib import pyplot

warnings.filterwarnings("ignore", "More than 20 figures")


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/charts/<int:number>")
    def chart(number: int) -> str:
        figure, axes = pyplot.subplots(figsize=(2, 1))
        axes.plot([1, 2, number % 7])
        stream = io.BytesIO()
        figure.savefig(stream, dpi=40)
        return str(len(stream.getvalue()))

    return app
