"""jsvine/pdfplumber#193, #1395: a document is opened once, and each page that was read keeps its layout."""

import io

import pdfplumber
from flask import Flask
from reportlab.pdfgen import canvas

PAGES = 240


def write(pages: int) -> io.BytesIO:
    stream = io.BytesIO()
    paper = canvas.Canvas(stream)
    for page in range(pages):
        for line in range(8):
            paper.drawString(72, 720 - 14 * line, f"page {page} line {line} of the manual")
        paper.showPage()
    paper.save()
    stream.seek(0)
    return stream


MANUAL = pdfplumber.open(write(PAGES))


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/pages/<int:number>")
    def read(number: int) -> str:
        return MANUAL.pages[number % PAGES].extract_text()[:20]

    return app
