"""The shop in this process, its client with the panel switched on, and what the panel keeps taken away after each test."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
def temporary(tmp_path: Path) -> Path:
    """The system's temporary directory in the eyes of the panel."""
    tmp_path.chmod(0o700)
    return tmp_path


@pytest.fixture
def make_shop(temporary: Path) -> Iterator[MakeShop]:
    with shops_in(temporary) as make:
        yield make


@contextmanager
def shops_in(temporary: Path) -> Iterator[MakeShop]:
    """Makes shops whose panels have seen nothing yet."""

    def make(debug: bool = True, **config: Any) -> Flask:
        return create_app(DEBUG=debug, HEAPDIFF_SIGNAL=None, HEAPDIFF_DIR=str(temporary / "heaps"), **config)

    with pytest.MonkeyPatch.context() as patching:
        for name in PARSERS:
            patching.delenv(name, raising=False)
        patching.setattr(tempfile, "tempdir", str(temporary))
        patching.setattr(taking, "_seen", taking.Seen())
        patching.setattr(shelf, "_own", None)
        patching.setattr(taking, "FORK_S", WAIT_S)  # a busy machine is no reason to go without a snapshot
        patching.setattr(taking, "_sample", lambda: "")  # it stays on for minutes
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
