"""The live page shows what is there, escaped, and goes from snapshots to suspects; what goes wrong is a sentence."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from heapdiff.agent.directory.names import name_snapshot
from heapdiff.agent.settings.parsers import PARSERS
from heapdiff.agent.worker.installation import uninstall
from heapdiff.flask.access import RateLimit
from heapdiff.flask.live import pages
from heapdiff.flask.live.growing import middle_of
from heapdiff.flask.serving import offer_endpoints
from tests.flask.conftest import TOKEN
from tests.flask.live.conftest import PAGE, send
from tests.flask.live.servers import by_gunicorn

HOSTILE = "<script>alert(1)</script>\u202e"


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def links(html: str, part: str) -> list[str]:
    return [unescape(found) for found in re.findall(r'href="([^"]+)"', html) if part in found]


@pytest.fixture
def forged(live: Flask, directory: Path) -> str:
    """A snapshot whose summary was written by somebody who means harm."""
    assert live.extensions["heapdiff"].settings.directory == directory
    stem = str(name_snapshot("web1", os.getpid(), 1, 1_795_356_307.0))
    summary = {
        "captured_at": "2026-11-22T14:05:07.123456Z", "label": HOSTILE, "trigger": HOSTILE, "memory": {"rss_bytes": 5_000_000},
        "capture": {"objects": 12, "bytes": 34_000}, "graph": None,
    }  # fmt: skip
    (directory / f"{stem}.json").write_text(json.dumps(summary))
    return stem


def test_the_overview_says_whose_it_is_and_what_grew(owner: FlaskClient) -> None:
    shown = text_of(owner.get(PAGE).text)
    assert f"Worker {os.getpid()}" in shown
    assert "RSS" in shown
    assert "Suspects come from two snapshots with traffic in between. There is none yet." in shown


def test_what_snapshots_say_is_escaped(owner: FlaskClient, forged: str) -> None:
    html = owner.get(PAGE).text
    assert forged in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\\u202e" in html
    assert "<script>alert" not in html
    assert "5.00 MB" in html


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b'{"memory": 5}',
        b'{"captured_at": "<b>", "memory": {}, "capture": {}}',
    ],
)
def test_a_summary_that_is_none_is_left_out(
    owner: FlaskClient, forged: str, directory: Path, content: bytes
) -> None:
    (directory / f"{forged}.json").write_bytes(content)
    answer = owner.get(PAGE)
    assert (answer.status_code, forged in answer.text) == (200, False)


@pytest.mark.parametrize("pid", ["1", "0", "-1", "x", "../x", "9" * 30, "<b>"])
def test_only_workers_of_the_application_have_a_page(owner: FlaskClient, pid: str) -> None:
    answer = owner.get(PAGE, query_string={"pid": pid})
    assert (answer.status_code, "No worker of this application" in answer.text) == (404, True)


@pytest.mark.parametrize(
    "name", ["", "x", "../../etc/passwd", "/etc/passwd", "{}/../{}", "{}.json", "--help", "a\0b"]
)
@pytest.mark.parametrize("page", ["live/sites?snapshot=", "live/compare?after={}&before="])
def test_only_snapshots_in_the_directory_are_read(
    owner: FlaskClient, forged: str, page: str, name: str
) -> None:
    answer = owner.get(f"{PAGE}{page.format(forged)}{name.format(forged, forged)}")
    assert (answer.status_code, "There is no such snapshot." in answer.text) == (404, True)


def test_no_link_is_followed_to_a_snapshot(
    owner: FlaskClient, forged: str, directory: Path, tmp_path: Path
) -> None:
    (directory / f"{forged}.json").rename(tmp_path / "elsewhere.json")
    (directory / f"{forged}.json").symlink_to(tmp_path / "elsewhere.json")
    assert forged not in owner.get(PAGE).text
    assert owner.get(f"{PAGE}live/sites?snapshot={forged}").status_code == 404


def test_a_snapshot_compared_with_itself_says_so(owner: FlaskClient, forged: str) -> None:
    answer = owner.get(f"{PAGE}live/compare?before={forged}&after={forged}")
    assert (answer.status_code, "the same snapshot" in answer.text) == (400, True)


@pytest.mark.parametrize(
    ("graphs", "ends", "middle"),
    [
        ("11", (0, 1), None),
        ("111", (0, 2), 1),
        ("111", (2, 0), 1),
        ("11111", (1, 3), 2),
        ("101", (0, 2), None),
        ("1011", (0, 3), 2),
    ],
)
def test_a_snapshot_in_between_is_compared_too(
    live: Flask, directory: Path, graphs: str, ends: tuple[int, int], middle: int | None
) -> None:
    assert live.extensions["heapdiff"].settings.directory == directory
    paths = []
    for number, graph in enumerate(graphs):
        stem = name_snapshot("web1", os.getpid(), number + 1, 1_795_356_307.0 + number)
        summary = {"captured_at": "2026-11-22T14:05:07.123456Z", "memory": {}, "capture": {}}
        paths.append(directory / f"{stem}.json")
        paths[-1].write_text(json.dumps({**summary, "graph": {} if graph == "1" else None}))
    found = middle_of(directory, paths[ends[0]], paths[ends[1]])
    assert found == (None if middle is None else paths[middle])


@pytest.mark.process
def test_a_damaged_snapshot_is_one_sentence(owner: FlaskClient, forged: str) -> None:
    answer = owner.get(f"{PAGE}live/sites?snapshot={forged}")
    assert answer.status_code == 503
    assert "Traceback" not in answer.text


@pytest.mark.slow
@pytest.mark.process
def test_snapshots_lead_to_a_suspect_and_to_its_objects(tmp_path: Path) -> None:
    with by_gunicorn(tmp_path / "shop", workers=1, HEAPDIFF_SIGNAL="none") as shop:
        for _ in range(3):
            assert shop.post("snapshots?wait=1") == 201
            for _ in range(10):
                shop.visit()
        (suspects,) = links(shop.get("/_heapdiff/").text, "live/compare")
        found = shop.get(suspects)
        assert found.status_code == 200, text_of(found.text)
        assert "shop.SESSIONS" in found.text
        assert "800 entries" in text_of(found.text)
        assert "in both intervals" in text_of(found.text)
        holder = shop.get(links(found.text, "live/object?")[0])
        assert text_of(holder.text).startswith("Object")
        assert "dict" in text_of(holder.text)


def test_snapshots_are_limited_and_only_of_processes(
    owner: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert send(owner, "live/snapshot", pid="x").status_code == 400
    assert send(owner, "live/snapshot", pid="1").status_code == 503
    monkeypatch.setattr(pages, "_snapshots", RateLimit(burst=0))
    answer = send(owner, "live/snapshot")
    assert (answer.status_code, answer.headers["Retry-After"].isdigit()) == (429, True)


def test_a_page_that_fails_is_a_sentence_and_a_line_in_the_log(
    owner: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(pages, "kept_snapshots", fail)
    answer = owner.get(PAGE)
    assert (answer.status_code, "a secret" in answer.text) == (500, False)
    assert "the live page failed: ZeroDivisionError" in caplog.text


def test_assets_are_ours_and_no_other_file(owner: FlaskClient) -> None:
    for name, kind in (
        ("page.css", "text/css"),
        ("page.js", "text/javascript"),
        ("icon.svg", "image/svg+xml"),
    ):
        assert owner.get(f"{PAGE}live/assets/{name}").mimetype == kind
    for name in ("../pages.py", "..%2fpages.py", "__init__.py", "page.css/", "/etc/passwd"):
        assert owner.get(f"{PAGE}live/assets/{name}").status_code in (401, 404)


@pytest.mark.process
def test_a_worker_with_the_page_loads_neither_numpy_nor_what_only_a_look_needs() -> None:
    """Of this process nothing can be said: the suite loads them all."""
    import subprocess

    code = (
        "import sys, flask; from heapdiff.flask import HeapDiff; app = flask.Flask('x'); HeapDiff(app)\n"
        f"assert app.test_client().get('{PAGE}').status_code == 401\n"
        "print(sorted({'numpy', 'guppy', 'objgraph', 'graphviz', 'rich'} & set(sys.modules)))"
    )
    own = {
        "HEAPDIFF_LIVE": "1",
        "HEAPDIFF_TOKEN": TOKEN,
        "HEAPDIFF_SIGNAL": "none",
        "PYTHONPATH": os.getcwd(),
    }
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=os.environ | own
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.fixture
def run(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Flask]]:
    """An app that knows nothing of heapdiff, as `heapdiff run` meets it."""

    for name in PARSERS:
        monkeypatch.delenv(name, raising=False)

    def make(**environment: str) -> Flask:
        for name, value in {"LIVE": "1", "DIR": str(directory), "SIGNAL": "none", **environment}.items():
            monkeypatch.setenv(f"HEAPDIFF_{name}", value)
        monkeypatch.setattr(Flask, "preprocess_request", offer_endpoints(Flask.preprocess_request, ""))
        return Flask("shop")

    yield make
    uninstall()


def test_under_heapdiff_run_the_page_is_there_behind_the_apps_own_guard(run: Callable[..., Flask]) -> None:
    app = run(TOKEN=TOKEN)
    seen: list[Any] = []
    app.before_request(lambda: seen.append(request.endpoint))
    client = app.test_client()
    assert client.get(PAGE).status_code == 401
    assert send(client, "live/sign-in", token=TOKEN).status_code == 303
    assert "Growth" in client.get(PAGE).text
    assert seen[0] == "heapdiff_live.overview"
    guarded = run(TOKEN=TOKEN)
    guarded.before_request(lambda: ("members only", 403))
    assert guarded.test_client().get(PAGE).data == b"members only"


def test_under_heapdiff_run_debug_mode_is_the_applications(run: Callable[..., Flask]) -> None:
    app = run()
    assert app.test_client().get(PAGE).status_code == 404
    app = run()
    app.debug = True
    assert app.test_client().get(PAGE).status_code == 200
    assert app.test_client().get(PAGE, environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 403
