"""What the link to a visit answers, to whom and with which token; of one request, as each capture is of this whole process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from heapdiff.flask.toolbar import panel_route
from heapdiff.flask.toolbar.shelf import find_visit
from tests.flask.toolbar.conftest import make_client, shops_in
from tests.flask.toolbar.test_panel import link_in, visit_of

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    temporary = tmp_path_factory.mktemp("visits")
    temporary.chmod(0o700)
    with shops_in(temporary) as make:
        yield make()


@pytest.fixture(scope="module")
def client(shop: Flask) -> FlaskClient:
    return make_client(shop)


@pytest.fixture(scope="module")
def link(client: FlaskClient) -> str:
    """To the visit of the only request."""
    return link_in(client.get("/", buffered=True).text)


@pytest.fixture
def visible(shop: Flask) -> Iterator[Flask]:
    before = {name: shop.config[name] for name in ("DEBUG", "DEBUG_TB_HOSTS")}
    yield shop
    shop.config.update(before)


@pytest.mark.slow
def test_the_first_request_has_nothing_before_it(client: FlaskClient, link: str) -> None:
    assert panel_route.NOTHING_EARLIER in unescape(client.get(link.replace("/request", "/last")).text)


@pytest.mark.slow
@pytest.mark.usefixtures("link")
def test_no_other_token_is_answered(client: FlaskClient) -> None:
    for token in ("x", "../../etc", "A" * 22, "..", "<script>", "A" * 22 + "%00"):
        answer = client.get(f"/_debug_toolbar/views/heapdiff/{token}/request")
        assert answer.status_code == 404, token
        assert "<script>" not in answer.text


@pytest.mark.slow
def test_only_those_who_see_the_toolbar_are_answered(visible: Flask, client: FlaskClient, link: str) -> None:
    visible.config["DEBUG_TB_HOSTS"] = ("10.9.8.7",)
    assert client.get(link).status_code == 404
    visible.config["DEBUG_TB_HOSTS"] = ("127.0.0.1",)
    assert client.get(link.replace("/request", "/elsewhere")).status_code == 404
    visible.debug = False
    assert client.get(link).status_code == 404


@pytest.mark.slow
def test_a_visit_that_was_tampered_with_is_none(client: FlaskClient, link: str) -> None:
    folder, visit = visit_of(link)
    path: Path = folder / f"{visit.token}.visit"
    whole = path.read_bytes()
    for change in ({"before": "../../etc/passwd"}, {"others": "<b>"}, {"token": "B" * 22}, {"more": 1}):
        path.write_text(json.dumps(json.loads(whole) | change))
        assert client.get(link).status_code == 404
        path.write_bytes(whole)
    assert find_visit(visit.token) == (folder, visit)
