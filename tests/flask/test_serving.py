"""Endpoints under `heapdiff run`: the app knows nothing of them, and yet its own guard is asked first."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, abort, g, request, session

import heapdiff.agent.worker.installation as installation
from heapdiff.agent.settings.parsers import PARSERS
from heapdiff.flask.serving import offer_endpoints
from tests.agent.setups import NEEDS_NATIVE
from tests.flask.conftest import TOKEN
from tests.flask.gunicorn import Gunicorn

URL = "/_heapdiff/snapshots"
RIGHT = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Flask]]:
    """Makes an app as `heapdiff run` would meet it, with variables of the environment as keywords."""
    for name in PARSERS:
        monkeypatch.delenv(name, raising=False)

    def make(**environment: str) -> Flask:
        for name, value in {
            "TOKEN": TOKEN,
            "DIR": str(tmp_path / "heaps"),
            "SIGNAL": "none",
            **environment,
        }.items():
            monkeypatch.setenv(f"HEAPDIFF_{name}", value)
        monkeypatch.setattr(Flask, "preprocess_request", offer_endpoints(Flask.preprocess_request, ""))
        app = Flask("shop")
        app.add_url_rule("/", "index", lambda: "hello")
        return app

    yield make
    installation.uninstall()


def test_the_token_opens_the_endpoints_of_an_app_without_a_guard(run: Callable[..., Flask]) -> None:
    client = run().test_client()
    asked = [client.get(URL), client.get(URL, headers=RIGHT), client.put("/_heapdiff/x"), client.get("/")]
    assert [answer.status_code for answer in asked] == [401, 200, 401, 200]
    assert asked[1].get_json() == {"schema": "snapshots/1", "snapshots": []}
    assert [answer.headers.get("Cache-Control") for answer in asked] == ["no-store"] * 3 + [None]


@pytest.mark.parametrize("way", ["answer", "abort"])
def test_the_apps_guard_is_asked_before_the_token(run: Callable[..., Flask], way: str) -> None:
    app = run()
    seen = []

    @app.before_request
    def allow() -> Any:
        seen.append((request.endpoint, request.blueprint))
        return ("members only", 403) if way == "answer" else abort(403)

    @app.errorhandler(403)
    def forbidden(_error: Exception) -> tuple[str, int]:
        return "members only", 403

    client = app.test_client()
    answers = [client.open(path, method=method, headers=headers) for headers in ({}, RIGHT)
               for path, method in ((URL, "GET"), (URL, "POST"), (f"{URL}/x", "PUT"), ("/_heapdiff//x", "GET"))]  # fmt: skip
    assert {(answer.status_code, answer.data) for answer in answers} == {(403, b"members only")}
    assert (
        seen
        == [(f"heapdiff.{name}", "heapdiff") for name in ("snapshots", "snapshots", "download", "unknown")]
        * 2
    )


def test_a_guard_that_lets_unknown_pages_pass_holds_the_endpoints(run: Callable[..., Flask]) -> None:
    """Many a login does: what does not exist needs none."""
    app = run()
    app.add_url_rule("/<path:page>", "public", lambda page: page)

    @app.before_request
    def login() -> Any:
        return None if request.endpoint in (None, "public") else ("log in", 401)

    client = app.test_client()
    assert (client.get("/about").status_code, client.get(URL, headers=RIGHT).data) == (200, b"log in")


def test_one_who_passes_the_guard_is_asked_for_the_token_and_all_the_apps_hooks_run(
    run: Callable[..., Flask],
) -> None:
    app = run()
    app.secret_key = "x"
    ended: list[BaseException | None] = []

    @app.before_request
    def login() -> Any:
        g.user = session["user"] = request.headers.get("User")
        return None if g.user else ("log in", 403)

    @app.after_request
    def mark(answer: Response) -> Response:
        answer.headers["Seen-By"] = g.user or ""
        return answer

    app.teardown_request(ended.append)
    client = app.test_client()
    user = {"User": "alice"}
    codes = [client.get(URL, headers=headers).status_code for headers in ({}, RIGHT, user, RIGHT | user)]
    assert codes == [403, 403, 401, 200]
    assert client.get(URL, headers=RIGHT | user).headers["Seen-By"] == "alice"
    assert ended == [None] * 5


@pytest.mark.parametrize("where", ["config", "environment"])
def test_a_setting_leaves_the_endpoints_to_the_token_alone(run: Callable[..., Flask], where: str) -> None:
    app = run(**({"APP_GUARD": "0"} if where == "environment" else {}))
    app.before_request(lambda: ("members only", 403))
    if where == "config":
        app.config["HEAPDIFF_APP_GUARD"] = False
    client = app.test_client()
    assert [client.get(URL, headers=headers).status_code for headers in ({}, RIGHT)] == [401, 200]
    assert client.get("/").status_code == 403


@pytest.mark.skipif("TRUSTED_HOSTS" not in Flask.default_config, reason="Flask before 3.1 trusts any")
def test_a_host_name_that_the_app_does_not_trust_is_refused_by_the_app(run: Callable[..., Flask]) -> None:
    app = run()
    app.config["TRUSTED_HOSTS"] = ["localhost"]
    client = app.test_client()
    assert [
        client.get(URL, headers=RIGHT, base_url=f"http://{host}").status_code
        for host in ("localhost", "evil.example")
    ] == [200, 400]


def test_an_app_with_the_extension_or_without_a_request_for_us_is_left_alone(
    run: Callable[..., Flask],
) -> None:
    app = run()
    client = app.test_client()
    paths = [{"PATH_INFO": path} for path in ("/", "/_heapdiffx", "/_HEAPDIFF/x")]
    assert [client.get(environ_overrides=path).status_code for path in paths] == [200, 404, 404]
    assert not any(name.startswith("heapdiff") for name in app.view_functions)


SHOP = """
import os
from flask import Flask, jsonify, request
def make():
    app = Flask("shop")
    @app.before_request
    def allow():
        return None if request.headers.get("User") else (jsonify(error="members only"), 403)
    @app.get("/")
    def index():
        return jsonify(pid=os.getpid(), parent=os.getppid())
    return app
"""


@pytest.mark.slow
@NEEDS_NATIVE
def test_in_gunicorn_under_heapdiff_run_guard_and_token_are_both_asked(tmp_path: Path) -> None:
    with Gunicorn(tmp_path, run=True, shop=SHOP, HEAPDIFF_TOKEN=TOKEN) as server:
        refused = [server.ask("POST", f"{URL}?wait=1"), server.ask("GET", "/"), server.ask("PUT", URL)]
        taken = server.ask("POST", f"{URL}?wait=1", User="alice")
        listed = server.ask("GET", URL, User="alice")
        process = json.loads((server.directory / f"{taken[1]['name']}.json").read_text())["process"]
    assert refused == [(403, {"error": "members only"})] * 3
    assert (taken[0], listed[0], listed[1]["snapshots"][0]["name"]) == (201, 200, taken[1]["name"])
    assert process["requests"] == 4, "each request counts once"


@pytest.mark.slow
def test_every_server_finds_the_endpoints_only_where_there_is_a_token(tmp_path: Path) -> None:
    code = f"import flask; print(flask.Flask('x').test_client().get({URL!r}).status_code)"
    for token, expected in (({"HEAPDIFF_TOKEN": TOKEN}, "401"), ({}, "404")):
        command = [
            sys.executable,
            "-m",
            "heapdiff",
            "run",
            "--dir",
            str(tmp_path / "heaps"),
            "--",
            sys.executable,
            "-c",
            code,
        ]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            env=token | {"PATH": "/usr/bin:/bin"},
            cwd=Path(__file__).parents[2],
        )
        assert (done.stdout.strip(), done.stderr) == (expected, "")
