"""RDFLib/rdflib#739, #868: the namespace manager of a graph remembers every name that it ever shortened."""

from flask import Flask
from rdflib import Graph, URIRef

GRAPH = Graph()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/things/<int:number>")
    def shorten(number: int) -> str:
        return GRAPH.namespace_manager.qname(URIRef(f"http://example.org/things#thing{number}"))

    return app
