"""Leaks: cachelib's SimpleCache with a threshold that no worker reaches, and a key for each version of a document."""

from cachelib import SimpleCache
from flask import Flask

PREVIEWS = SimpleCache(threshold=1_000_000, default_timeout=0)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/documents/<int:version>")
    def preview(version: int) -> str:
        text = PREVIEWS.get(f"v{version}")
        if text is None:
            text = f"<p>version {version}</p>" * 12
            PREVIEWS.set(f"v{version}", text)
        return str(text)

    return app
