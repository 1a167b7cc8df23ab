"""Shared documents by name, weakly: they live as long as one of the 40 latest editors has them open."""

from __future__ import annotations

from collections import deque
from weakref import WeakValueDictionary

from flask import Flask


class Document:
    """Text that several editors share."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines = [f"{name}: line {n}" for n in range(10)]


DOCUMENTS: WeakValueDictionary[str, Document] = WeakValueDictionary()
EDITORS: deque[Document] = deque(maxlen=40)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/edit/<int:number>")
    def edit(number: int) -> str:
        name = f"document {number // 2}"
        document = DOCUMENTS.get(name)
        if document is None:
            document = DOCUMENTS[name] = Document(name)
        EDITORS.append(document)
        return str(len(DOCUMENTS))

    return app
