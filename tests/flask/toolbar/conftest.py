"""The shop in this process, its client with the panel switched on, and what the panel keeps taken away after each test."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from heapdiff.agent.settings.parsers import PARSERS
from heapdiff.agent.worker.installation import uninstall
from heapdiff.flask.toolbar import shelf, taking
from tests.flask.toolbar.shop import create_app

MakeShop = Callable[..., Flask]
COOKIE = "fldt_active"
WAIT_S = 60.0
PANEL_ID = "flDebugHeapDiffPanel"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's temporary directory in the eyes of the panel."""
    tmp_path.chmod(0o700)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def make_shop(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeShop]:
    for name in PARSERS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(taking, "_seen", taking.Seen())
    monkeypatch.setattr(shelf, "_own", None)
    monkeypatch.setattr(taking, "FORK_S", WAIT_S)  # a busy machine is no reason to go without a snapshot
    monkeypatch.setattr(taking, "_sample", lambda: "")  # it stays on for minutes

    def make(debug: bool = True, **config: Any) -> Flask:
        return create_app(DEBUG=debug, HEAPDIFF_SIGNAL=None, HEAPDIFF_DIR=str(temporary / "heaps"), **config)

    yield make
    uninstall()


@pytest.fixture
def client(make_shop: MakeShop) -> FlaskClient:
    return make_client(make_shop())


def make_client(app: Flask) -> FlaskClient:
    """One that asks for pages, as browsers do, and has the panel switched on."""
    client = app.test_client()
    client.set_cookie(COOKIE, PANEL_ID)
    client.environ_base["HTTP_ACCEPT"] = "text/html"
    return client
