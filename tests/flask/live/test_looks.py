"""Looks at living objects: found by name or by an address that is checked, without values unless a setting asks for them."""

from __future__ import annotations

import base64
import importlib.util
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask, g
from flask.testing import FlaskClient

from heapdiff.errors import CaptureError
from heapdiff.flask.live import looks
from tests.flask.live.conftest import PAGE
from tests.flask.live.servers import Shop, by_gunicorn
from tests.flask.live.test_pages import links, text_of

pytestmark = pytest.mark.process

SECRET = "alice "  # each session's user has it, and no name of code
KEY = "<b>1"  # of the dict that holds them
EVIL = "shop</title>.<script>alert(1)</script>"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A real worker with a small heap."""
    with by_gunicorn(tmp_path_factory.mktemp("live") / "shop", workers=1, HEAPDIFF_SIGNAL="none") as running:
        yield running


def page_of(shop: Shop, path: str) -> str:
    answer = shop.get(path)
    assert answer.status_code == 200, text_of(answer.text)
    return answer.text


def objects_of(shop: Shop, name: str) -> str:
    return page_of(shop, f"live/objects?{urlencode({'type': name})}")


def test_a_types_objects_lead_to_one_and_to_what_refers_to_it(shop: Shop) -> None:
    listed = objects_of(shop, "shop.Session")
    assert "living objects in worker" in text_of(listed)
    one = page_of(shop, links(listed, "live/object?")[0])
    referrers = one.partition("Referrers")[2].partition("What it refers to")[0]
    assert re.findall(r"<td><code>(\w+)</code>", referrers) == ["dict"], "and nothing of the look's own"
    assert "[…]" in referrers
    assert ".user" in one.partition("What it refers to")[2]


def test_values_and_keys_of_data_are_shown_nowhere_by_default(shop: Shop) -> None:
    listed = objects_of(shop, "shop.Session")
    one = links(listed, "live/object?")[0]
    shown = [page_of(shop, one), drawn(shop, one)]
    holder = links(shown[0].partition("Referrers")[2], "live/object?")[0]
    shown += [listed, page_of(shop, holder), objects_of(shop, "str")]
    assert "were found through objects that it tracks" in shown[-1]
    assert not [page for page in shown if SECRET in unescape(page) or KEY in unescape(page)]


@pytest.mark.slow
def test_a_setting_shows_values_shortened(tmp_path: Path) -> None:
    with by_gunicorn(tmp_path / "shop", workers=1, HEAPDIFF_LIVE_VALUES="1") as shop:
        listed = objects_of(shop, "shop.Session")
        assert SECRET in unescape(listed)
        assert "<b>" in unescape(page_of(shop, links(listed, "live/object?")[0])).partition("Referrers")[2]
        shown = page_of(shop, links(objects_of(shop, EVIL), "live/object?")[0])
        picture = drawn(shop, links(objects_of(shop, EVIL), "live/object?")[0])
    for text in (shown, picture):
        assert "&lt;script&gt;" in text
        assert "<script>alert" not in text


def test_a_name_that_no_code_has_is_hidden_by_default_and_not_found_by_guessing(shop: Shop) -> None:
    """As in a snapshot: a class may be called after data."""
    listed = objects_of(shop, "<hidden>.<hidden>")
    one = links(listed, "live/object?")[0]
    shown = [unescape(each) for each in (listed, page_of(shop, one), drawn(shop, one))]
    assert ["<hidden>.<hidden>" in each for each in shown] == [True] * 3
    assert not [each for each in shown if "alert(1)" in each or "shop</title>" in each]
    assert "no such object now" in objects_of(shop, EVIL)


def drawn(shop: Shop, one: str) -> str:
    answer = shop.get(one.replace("live/object", "live/picture"))
    assert answer.status_code == 200, text_of(answer.text)
    assert "img-src 'self' data:" in answer.headers["Content-Security-Policy"]
    return base64.b64decode(re.findall(r"base64,([^\"]+)", answer.text)[0]).decode()


def test_the_picture_ends_at_the_modules(shop: Shop) -> None:
    picture = drawn(shop, links(objects_of(shop, "<hidden>.<hidden>"), "live/object?")[0])
    assert ">EVIL<" in picture, "a module's name for it is code"


@pytest.mark.slow
def test_heapy_parts_the_heap_and_hides_what_may_be_data(shop: Shop) -> None:
    for by in ("type", "referrer"):
        shown = page_of(shop, f"live/heapy?by={by}")
        assert "Heapy counts" in text_of(shown)
        assert "alert(1)" not in shown


def test_a_type_that_nothing_has_is_said(shop: Shop) -> None:
    shown = objects_of(shop, "shop.<b>Nothing")
    assert "no such object now" in shown
    assert "<b>Nothing" not in shown


def test_an_address_where_no_object_is_is_looked_up_and_not_read(shop: Shop) -> None:
    for page in ("object", "picture"):
        for address in ("0x1", "0xffffffffffffffff"):
            answer = shop.get(f"live/{page}?address={address}")
            assert (answer.status_code, f"no object at {address} " in answer.text) == (503, True)


@pytest.mark.parametrize("address", ["", "1", "0x", "0xg", "0x" + "1" * 17, "-0x1", "0X1", "0x1 ", "٣"])
@pytest.mark.parametrize("page", ["object", "picture"])
def test_what_is_no_address_is_refused_before_anything_is_forked(
    owner: FlaskClient, page: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "ask_child", lambda *_: pytest.fail("forked"))
    assert owner.get(f"{PAGE}live/{page}", query_string={"address": address}).status_code == 400


@pytest.mark.parametrize(
    "page", ["objects?type=dict", "object?address=0x10", "picture?address=0x10", "heapy?by=type"]
)
def test_another_workers_objects_are_not_looked_for_here(
    owner: FlaskClient, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "ask_child", lambda *_: pytest.fail("forked"))
    assert owner.get(f"{PAGE}live/{page}&pid=1").status_code == 404, "which is no worker of ours"
    assert owner.get(f"{PAGE}live/{page}&pid=<b>").status_code == 400
    monkeypatch.setattr(looks, "siblings", lambda _: [_Worker])
    answer = owner.get(f"{PAGE}live/{page}&pid=1&x=<b>")
    assert (answer.status_code, "about worker 1." in answer.text, "<b>" in answer.text) == (409, True, False)


class _Worker:
    pid = 1


@pytest.mark.parametrize("query", ["objects", "objects?type=", "heapy?by=x"])
def test_a_look_at_nothing_is_refused(owner: FlaskClient, query: str) -> None:
    assert owner.get(f"{PAGE}live/{query}").status_code == 400


def test_one_look_at_a_time_and_a_failed_one_frees_the_place(
    owner: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nested(*_: object) -> bytes:
        assert owner.get(f"{PAGE}live/heapy").status_code == 409
        raise CaptureError("the child crashed", "Nothing else did.")

    monkeypatch.setattr(looks, "ask_child", nested)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: "there")  # guppy3 isn't on 3.15
    for _ in range(2):
        answer = owner.get(f"{PAGE}live/heapy")
        assert (answer.status_code, "The child crashed." in answer.text) == (503, True)


@pytest.mark.parametrize(("module", "page"), [("guppy", "heapy"), ("objgraph", "picture?address=0x10")])
def test_a_missing_package_is_one_sentence(
    owner: FlaskClient, module: str, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == module else "there")
    answer = owner.get(f"{PAGE}live/{page}")
    assert answer.status_code == 503
    assert "pip install 'heapdiff[live]'" in unescape(answer.text)


def test_an_answer_may_take_as_long_as_a_snapshot_only_beside_other_requests(
    live: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "BLOCKED_S", 25.0)
    for threads, seconds in ((True, 120.0), (False, 25.0)):
        with live.test_request_context(PAGE, environ_overrides={"wsgi.multithread": threads}):
            g.heapdiff_settings = live.extensions["heapdiff"].settings
            assert looks.patience_s() == seconds
