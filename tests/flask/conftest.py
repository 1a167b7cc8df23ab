"""Flask apps in this process, with the agent taken out again after each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from heapdiff.agent.settings.parsers import PARSERS
from heapdiff.agent.worker.installation import uninstall
from heapdiff.flask import HeapDiff, endpoints
from heapdiff.flask.access import RateLimit

TOKEN = "correct horse battery staple".replace(" ", "-")

MakeApp = Callable[..., Flask]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "snapshots"


@pytest.fixture
def make_app(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeApp]:
    """Makes an app with the extension; config as keywords."""
    for name in PARSERS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(endpoints, "_limit", RateLimit(burst=100))

    def make(**config: Any) -> Flask:
        app = Flask("shop")
        app.config.update({"HEAPDIFF_DIR": str(directory), "HEAPDIFF_SIGNAL": None, **config})
        HeapDiff(app)
        app.add_url_rule("/", "index", lambda: "hello")
        return app

    yield make
    uninstall()


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    return make_app(HEAPDIFF_TOKEN=TOKEN)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client that sends the token."""
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {TOKEN}"
    return client
