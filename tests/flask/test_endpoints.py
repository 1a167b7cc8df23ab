"""The endpoints: nobody without the token, one snapshot at a time, and no file but snapshots."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.wrappers import Response

from heapdiff.agent.directory.names import name_snapshot, parse_name
from heapdiff.agent.engines.choice import EngineChoice
from heapdiff.agent.engines.forked.child import Parent
from heapdiff.agent.engines.forked.watcher import ForkedEngine
from heapdiff.agent.engines.headroom import NEEDS, MemoryNeed
from heapdiff.agent.system.threads import RunningThreads
from heapdiff.agent.worker import installation
from heapdiff.agent.writing.job import Job
from heapdiff.flask import endpoints
from heapdiff.flask.access import RateLimit
from tests.flask.conftest import TOKEN, MakeApp

URL = "/_heapdiff/snapshots"
HARDENED = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


@pytest.fixture
def name(app: Flask, directory: Path) -> str:
    """A snapshot that is there."""
    assert app.extensions["heapdiff"].settings.directory == directory
    stem = str(name_snapshot("web1", 4242, 1, 1_795_356_307.0))
    (directory / f"{stem}.json").write_text(json.dumps({"id": stem}))
    (directory / f"{stem}.heap").write_bytes(bytes(range(256)) * 40)
    return stem


def content(answer: Response) -> dict[str, Any]:
    found = answer.get_json()
    assert isinstance(found, dict)
    return found


def test_without_a_token_there_are_no_endpoints(make_app: MakeApp) -> None:
    client = make_app().test_client()
    assert [client.get(URL).status_code, client.post(URL).status_code] == [404, 404]


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        f"Basic {TOKEN}",
        TOKEN,
        f"Bearer {TOKEN}x",
        "Bearer \xff\xfe",
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [("GET", URL), ("POST", URL), ("GET", f"{URL}/x"), ("HEAD", URL)]
)
def test_without_the_right_token_nothing_is_answered(
    app: Flask, directory: Path, header: str | None, method: str, path: str
) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = app.test_client().open(path, method=method, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="heapdiff"'
    assert not list(directory.glob("*Z.json"))


@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "MADE-UP"]
)
@pytest.mark.parametrize(
    "headers", [{}, {"Upgrade": "websocket", "Connection": "Upgrade"}], ids=["", "WebSocket"]
)
def test_without_a_token_all_below_the_prefix_looks_alike(
    app: Flask, method: str, headers: dict[str, str]
) -> None:
    """Neither a method that isn't allowed nor a missing page nor a redirect tells what there is."""
    client = app.test_client()
    for path in (
        "", "/", "/x", "/x/y/z", "/snapshots", "/snapshots/", "/snapshots/x/", "//snapshots", "/../x", "/static/x",
    ):  # fmt: skip
        raw = {"PATH_INFO": f"{'/' if path == '/x' else ''}/_heapdiff{path}"}
        answer = client.open(method=method, environ_overrides=raw, headers=headers)
        told = {name: value for name, value in answer.headers if name != "Content-Length"}
        assert (answer.status_code, told) == (
            401,
            {"Content-Type": "application/json", **HARDENED, "WWW-Authenticate": 'Bearer realm="heapdiff"'},
        ), path
        assert method == "HEAD" or content(answer) == {"error": "token required: Authorization: Bearer …"}, (
            path
        )


@pytest.mark.parametrize("prefix", ["/_HEAPDIFF", "/_heapdif", "/_heapdiff-x"])
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_above_the_prefix_the_app_answers_as_for_any_page_it_lacks(
    app: Flask, prefix: str, method: str
) -> None:
    raw = [{"PATH_INFO": path} for path in (f"{prefix}/snapshots", "//missing")]
    answers = [app.test_client().open(method=method, environ_overrides=path) for path in raw]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].data == answers[1].data
    assert [*answers[0].headers] == [*answers[1].headers]


@pytest.mark.parametrize(
    ("method", "path", "code", "allow"),
    [
        ("PUT", "/snapshots", 405, "GET, HEAD, POST"), ("OPTIONS", "/snapshots", 405, "GET, HEAD, POST"),
        ("POST", "/snapshots/x", 405, "GET, HEAD"), ("MADE-UP", "/snapshots/x", 405, "GET, HEAD"),
        ("GET", "/x", 404, None), ("GET", "", 404, None), ("GET", "//snapshots", 404, None), ("GET", "/snapshots/x", 404, None),
    ],
)  # fmt: skip
def test_with_the_token_errors_of_routing_are_answers_like_the_others(
    client: FlaskClient, method: str, path: str, code: int, allow: str | None
) -> None:
    answer = client.open(f"/_heapdiff{path}", method=method)
    assert (answer.status_code, answer.headers.get("Allow"), [*content(answer)]) == (code, allow, ["error"])
    assert dict(answer.headers).items() >= HARDENED.items()


def test_an_apps_page_for_every_other_path_stays_below_the_endpoints(app: Flask) -> None:
    app.add_url_rule("/<path:page>", "page", lambda page: page)
    client = app.test_client()
    assert [client.get(path).status_code for path in ("/about", URL, "/_heapdiff/x")] == [200, 401, 401]


def test_a_token_in_the_url_opens_nothing(app: Flask) -> None:
    assert app.test_client().get(f"{URL}?token={TOKEN}&access_token={TOKEN}").status_code == 401


def test_the_token_is_in_no_log_line(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        client.post(f"{URL}?wait=1&graph=0")
        client.get(URL, headers={"Authorization": f"Bearer {TOKEN}x"})
    assert TOKEN not in caplog.text


def test_a_snapshot_is_taken_and_its_name_answered_when_it_is_there(
    client: FlaskClient, directory: Path
) -> None:
    answer = client.post(f"{URL}?wait=1&label=before+lunch")
    assert (answer.status_code, content(answer)["state"]) == (201, "done")
    summary = json.loads((directory / f"{content(answer)['name']}.json").read_text())
    assert (summary["trigger"], summary["label"]) == ("endpoint", "before lunch")
    assert (directory / summary["graph"]["file"]).stat().st_size == summary["graph"]["bytes"]
    assert answer.headers["Location"] == f"{URL}/{content(answer)['name']}"


@pytest.mark.slow
def test_who_insists_gets_a_graph_where_room_is_short(
    client: FlaskClient, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, everything = installation.ensure_agent().choice.name, MemoryNeed(1 << 60)
    short = NEEDS[name]._replace(graph=everything, summary=everything, tracked=everything)
    monkeypatch.setitem(
        NEEDS, name, short
    )  # the agent tells its engine anew when the app's settings reach it
    names = [content(client.post(f"{URL}?wait=1{more}"))["name"] for more in ("", "&force=0", "&force=1")]
    summaries = [json.loads((directory / f"{name}.json").read_text()) for name in names]
    assert [summary["capture"]["counted"] for summary in summaries] == ["none", "none", "all"]
    assert [summary["graph"] is None for summary in summaries] == [True, True, False]


@pytest.mark.slow
def test_without_waiting_the_answer_comes_at_once(client: FlaskClient) -> None:
    answer = client.post(f"{URL}?graph=0")
    assert (answer.status_code, content(answer)["state"], content(answer)["pid"]) == (
        202,
        "running",
        os.getpid(),
    )
    assert content(answer)["name"] is None or parse_name(content(answer)["name"]) is not None
    assert answer.headers["Location"].startswith(URL)
    finish()


def test_the_list_names_what_is_there(client: FlaskClient, name: str) -> None:
    answer = content(client.get(URL))
    assert answer["schema"] == "snapshots/1"
    (listed,) = answer["snapshots"]
    assert (listed["name"], listed["pid"], listed["url"]) == (name, 4242, f"{URL}/{name}")
    assert (listed["bytes"], listed["graph_bytes"]) == (len(json.dumps({"id": name})), 256 * 40)
    assert listed["captured_at"] == "2026-11-22T14:05:07Z"
    assert content(client.get(f"{URL}?pid=1"))["snapshots"] == []


def test_the_list_tells_nothing_of_what_a_link_points_to(
    client: FlaskClient, directory: Path, name: str
) -> None:
    (directory / "secret").write_text("12345")
    other, third = name.replace("-0001-", "-0002-"), name.replace("-0001-", "-0003-")
    (directory / f"{other}.json").symlink_to(directory / "secret")
    (directory / f"{third}.json").write_text("{}")
    (directory / f"{third}.heap").symlink_to(directory / "secret")
    listed = content(client.get(URL))["snapshots"]
    assert [(each["name"], each["graph_bytes"]) for each in listed] == [(name, 256 * 40), (third, None)]
    directory.chmod(0o777)
    assert content(client.get(URL))["snapshots"] == []


@pytest.mark.parametrize("suffix", ["", ".json"])
def test_a_summary_is_downloaded_under_its_name(client: FlaskClient, name: str, suffix: str) -> None:
    with client.get(f"{URL}/{name}{suffix}", headers={"Range": "bytes=0-3"}) as answer:
        found = content(answer)
    assert (answer.status_code, answer.mimetype, found["id"]) == (200, "application/json", name)
    assert answer.headers["Content-Disposition"] == f"attachment; filename={name}.json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_graph_is_downloaded_byte_for_byte(client: FlaskClient, directory: Path, name: str) -> None:
    with client.get(f"{URL}/{name}.heap") as answer:
        data = answer.data
    assert (answer.status_code, answer.mimetype) == (200, "application/octet-stream")
    assert data == (directory / f"{name}.heap").read_bytes()


@pytest.mark.parametrize(
    "asked",
    [
        "..", "../secret", "..%2fsecret", "%2e%2e/secret", "/etc/passwd", "%2fetc%2fpasswd", "secret",
        ".agent-1.json", "{name}.heap/../x", "{name}.txt", "{name}.json.json", "{name}%00", "{name}%0a",
        ".{name}.json.partial", "{link}", "{link}.json",
    ],
)  # fmt: skip
def test_nothing_but_a_snapshot_is_ever_downloaded(
    client: FlaskClient, directory: Path, name: str, asked: str
) -> None:
    secret = directory / "secret"
    secret.write_text("secret")
    link = name.replace("-0001-", "-9999-")
    (directory / f"{link}.json").symlink_to(secret)
    answer = client.get(f"{URL}/{asked.format(name=name, link=link)}")
    assert answer.status_code in (404, 308, 401)
    assert b"secret" not in answer.data


@pytest.mark.parametrize(
    ("pid", "code"), [("x", 400), ("-1", 400), ("", 400), ("9" * 30, 400), ("1", 404), ("0", 404)]
)
def test_a_process_that_is_no_sibling_is_not_signalled(client: FlaskClient, pid: str, code: int) -> None:
    assert client.post(f"{URL}?pid={pid}").status_code == code


def test_a_flood_is_slowed_down(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "_limit", RateLimit(burst=2, refill_s=3600))
    codes = [client.post(f"{URL}?pid=x") for _ in range(3)]
    assert [answer.status_code for answer in codes] == [400, 400, 429]
    assert 0 < int(codes[2].headers["Retry-After"]) <= 3600


def test_a_snapshot_that_fails_is_a_503_with_the_reason(client: FlaskClient, directory: Path) -> None:
    directory.chmod(0o777)
    answer = client.post(f"{URL}?wait=1")
    assert answer.status_code == 503
    assert "no snapshot" in content(answer)["error"]


@pytest.fixture
def let_go(client: FlaskClient, tmp_path: Path) -> Iterator[Callable[[], Any]]:
    """A capture that runs until the returned function is called."""
    go = tmp_path / "go"

    def hold(_job: Job, _threads: RunningThreads, parent: Parent) -> dict[str, Any]:
        parent.pause_ms()
        while not os.path.exists(go):
            time.sleep(0.002)
        return {"objects": 1, "walk_ms": 0.0, "child_private_bytes": 0}

    agent = installation.ensure_agent()
    engine = ForkedEngine("gc", hold)
    engine.configure(str(agent.directory), 20, 60.0, "0", "", "[]", "", "host", "")
    installation._agent = dataclasses.replace(agent, choice=EngineChoice("gc", "held", engine))
    answer = client.post(URL)
    assert answer.status_code == 202
    yield go.touch
    go.touch()
    finish()
    engine.stop()
    installation._agent = agent


@pytest.mark.process
def test_a_second_snapshot_at_the_same_time_is_a_conflict(
    client: FlaskClient, let_go: Callable[[], Any]
) -> None:
    answers = [client.post(URL), client.post(f"{URL}?wait=1")]
    assert [answer.status_code for answer in answers] == [409, 409]
    assert content(answers[0])["error"] == f"process {os.getpid()}: a snapshot is already in progress"
    let_go()
    finish()
    assert client.post(f"{URL}?wait=1").status_code == 201


def test_the_apps_own_hooks_guard_the_endpoints_too(app: Flask, client: FlaskClient) -> None:
    app.before_request(lambda: ("members only", 403))
    assert client.get(URL).status_code == 403


def test_the_prefix_is_the_configs(make_app: MakeApp) -> None:
    app = make_app(HEAPDIFF_TOKEN=TOKEN, HEAPDIFF_URL_PREFIX="/internal/heap/")
    answer = app.test_client().get("/internal/heap/snapshots", headers={"Authorization": f"bearer {TOKEN}"})
    assert answer.status_code == 200


def finish() -> None:
    """Wait for a capture that runs."""
    engine = installation.ensure_agent().choice.engine
    while engine.status()["state"] == "running":
        time.sleep(0.002)
