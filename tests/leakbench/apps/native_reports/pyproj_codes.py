"""pyproj4/pyproj#1178: to_epsg before 3.4.1 never frees the list of candidates."""

from flask import Flask
from pyproj import CRS


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/code")
    def code() -> str:
        return str(CRS.from_epsg(3857).to_epsg())

    return app
