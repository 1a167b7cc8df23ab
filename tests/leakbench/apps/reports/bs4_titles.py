"""Beautiful Soup's documentation (extract and memory): the string of a title keeps the page that it stands in."""

from bs4 import BeautifulSoup
from flask import Flask

ROW = '<p class="row"><a href="/x{0}">row {0}</a> text</p>'
PAGE = "<html><head><title>Page {}</title></head><body>" + "".join(ROW.format(row) for row in range(40))
TITLES: dict[int, object] = {}


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/titles/<int:number>")
    def title(number: int) -> str:
        soup = BeautifulSoup(PAGE.replace("{}", str(number)) + "</body></html>", "html.parser")
        TITLES[number] = soup.title.string
        return str(TITLES[number])

    return app
