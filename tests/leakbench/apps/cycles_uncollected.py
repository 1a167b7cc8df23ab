"""Documents and their pages refer to each other, and the collector was switched off "for speed"."""

from __future__ import annotations

import gc

from flask import Flask


class Document:
    def __init__(self, number: int) -> None:
        self.pages = [DocumentPage(self, f"page {page} of document {number}") for page in range(10)]


class DocumentPage:
    def __init__(self, document: Document, text: str) -> None:
        self.document = document
        self.text = text


def create_app() -> Flask:
    app = Flask(__name__)
    gc.disable()

    @app.get("/document/<int:number>")
    def document(number: int) -> dict[str, int]:
        return {"pages": len(Document(number).pages)}

    return app
