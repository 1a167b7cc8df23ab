"""A shop that leaks, with a class whose name is markup, around the live page. As text, for servers."""

from __future__ import annotations

TOKEN = "correct-horse-battery-staple"
SHOP = """
import os
from flask import Flask, jsonify
from heapdiff.flask import HeapDiff

class Session:
    def __init__(self, number):
        self.user, self.tags = f"alice {number}", ["<script>alert(1)</script>"]

SESSIONS = {}
EVIL = []
Evil = type("<script>alert(1)</script>", (), {"__module__": "shop</title>"})

def create_app():
    app = Flask("shop")
    HeapDiff(app)

    @app.get("/")
    def index():
        for _ in range(40):
            SESSIONS[f"<b>{len(SESSIONS)}"] = Session(len(SESSIONS))
            EVIL.append(Evil())
        return jsonify(pid=os.getpid())

    return app
"""
