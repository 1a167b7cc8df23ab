"""Each request leaves a small tree with links to the parents: garbage until the collector comes by."""

from __future__ import annotations

from flask import Flask


class Node:
    """An element of a document, which knows its parent and its children."""

    def __init__(self, parent: Node | None, name: str) -> None:
        self.parent, self.name = parent, name
        self.children: list[Node] = []
        if parent is not None:
            parent.children.append(self)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/document/<int:number>")
    def document(number: int) -> str:
        root = Node(None, f"document {number}")
        for section in range(6):
            branch = Node(root, f"section {section}")
            for _ in range(4):
                Node(branch, "paragraph")
        return str(len(root.children))

    return app
