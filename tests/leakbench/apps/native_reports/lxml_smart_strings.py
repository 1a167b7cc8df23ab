"""scrapy/scrapy#535, artefactual/archivematica-storage-service#105: a string from an XPath keeps its whole document."""

from flask import Flask
from lxml import etree

ROWS = "".join(f"<row id='{number}'><name>item {number}</name></row>" for number in range(400))
NAMES: dict[int, str] = {}


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/feeds/<int:number>")
    def feed(number: int) -> str:
        root = etree.fromstring(f"<feed><title>Feed {number}</title>{ROWS}</feed>")
        (NAMES[number],) = root.xpath("/feed/title/text()")
        return str(NAMES[number])

    return app
