"""rushter/selectolax#90: in 0.3.13 a query of the Lexbor parser leaks the document."""

from flask import Flask
from selectolax.lexbor import LexborHTMLParser

PAGE = "<html><body>" + "<p><a href=x>row</a></p>" * 60 + "</body></html>"


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/links")
    def links() -> str:
        return str(len(LexborHTMLParser(PAGE).css("a")))

    return app
