"""twisted/treq#380: a context of pyOpenSSL with all the certificates for each site that is watched."""

import certifi
from flask import Flask
from OpenSSL import SSL

SITES: dict[int, SSL.Context] = {}


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/sites/<int:number>")
    def site(number: int) -> str:
        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        context.load_verify_locations(certifi.where())
        SITES[number] = context
        return "watched"

    return app
