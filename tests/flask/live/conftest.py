"""A client that is signed in to the live page, and one that isn't."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from heapdiff.flask.access import RateLimit
from heapdiff.flask.live import looks, pages, visitors
from tests.flask.conftest import TOKEN, MakeApp

PAGE = "/_heapdiff/"
FORM = re.compile(r'name="form" value="([0-9a-f]{64})"')
LOCAL = {"REMOTE_ADDR": "127.0.0.1"}

Send = Callable[..., TestResponse]


@pytest.fixture(autouse=True)
def generous_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitors, "tries", RateLimit(burst=100))
    monkeypatch.setattr(pages, "_snapshots", RateLimit(burst=100))
    monkeypatch.setattr(looks, "BLOCKED_S", 200.0)  # a busy machine is no failure


@pytest.fixture
def live(make_app: MakeApp) -> Flask:
    """With a token."""
    return make_app(HEAPDIFF_TOKEN=TOKEN, HEAPDIFF_LIVE=True)


@pytest.fixture
def stranger(live: Flask) -> FlaskClient:
    return live.test_client()


@pytest.fixture
def owner(live: Flask) -> FlaskClient:
    client = live.test_client()
    assert send(client, "live/sign-in", token=TOKEN).status_code == 303
    return client


@pytest.fixture
def developer(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """On the machine of an app in debug mode without a token."""
    monkeypatch.setenv("FLASK_DEBUG", "1")
    return make_app(HEAPDIFF_LIVE=True).test_client()


def form_token(client: FlaskClient, **how: Any) -> str:
    found = FORM.search(client.get(PAGE, **how).text)
    assert found is not None
    return found[1]


def send(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    """A form as the page sends it."""
    return client.post(f"{PAGE}{path}", data={"form": form_token(client), **fields})
