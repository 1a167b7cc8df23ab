"""The extension arms, counts and keeps nothing of the app or its requests."""

from __future__ import annotations

import gc
import os
import signal
import weakref
from pathlib import Path

import pytest
from flask import Flask

from heapdiff.agent.directory.registry import read_agent
from heapdiff.agent.worker import installation
from heapdiff.flask import HeapDiff, extension
from tests.flask.conftest import MakeApp


def test_an_app_is_equipped_directly_or_later(make_app: MakeApp, directory: Path) -> None:
    make_app()
    later = Flask("later")
    later.config.update(HEAPDIFF_DIR=str(directory), HEAPDIFF_SIGNAL=None, HEAPDIFF_KEEP=7)
    extension = HeapDiff()
    extension.init_app(later)
    assert later.extensions["heapdiff"].settings.keep == 7
    assert vars(extension) == {}


def test_the_app_can_be_freed(make_app: MakeApp) -> None:
    app = make_app(HEAPDIFF_TOKEN="x" * 20)
    app.test_client().get("/")
    gone = weakref.ref(app)
    del app
    gc.collect()
    assert gone() is None


def test_equipping_twice_counts_once(make_app: MakeApp) -> None:
    app = make_app()
    HeapDiff(app)
    app.test_client().get("/")
    assert requests_served() == 1


def test_every_request_is_counted_also_one_that_the_app_turns_away(make_app: MakeApp) -> None:
    app = make_app()
    app.before_request(lambda: ("no", 403))
    client = app.test_client()
    codes = [client.get(path).status_code for path in ("/", "/missing", "/")]
    assert codes == [403, 403, 403]
    assert requests_served() == 3


def test_the_hook_runs_before_those_that_the_app_had_already(directory: Path, make_app: MakeApp) -> None:
    make_app()
    app = Flask("late")
    app.before_request(lambda: ("no", 403))
    app.config.update(HEAPDIFF_DIR=str(directory), HEAPDIFF_SIGNAL=None)
    HeapDiff(app)
    app.test_client().get("/")
    assert requests_served() == 1


def test_the_first_request_settles_the_agent(make_app: MakeApp) -> None:
    app = make_app()
    assert not installation.is_settled()
    app.test_client().get("/")
    assert installation.is_settled()


def test_the_signal_is_armed_as_the_config_says(make_app: MakeApp, directory: Path) -> None:
    make_app(HEAPDIFF_SIGNAL="USR1")
    record = read_agent(directory, os.getpid())
    assert record is not None
    assert record.signal == signal.SIGUSR1
    assert record.catches_its_signal()


def test_without_a_signal_no_handler_is_installed(make_app: MakeApp, directory: Path) -> None:
    make_app(HEAPDIFF_SIGNAL=None)
    record = read_agent(directory, os.getpid())
    assert record is not None
    assert (record.signal, record.catches_its_signal()) == (0, False)


def test_the_environment_speaks_where_the_config_is_silent(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HEAPDIFF_KEEP", raising=False)
    make_app()
    monkeypatch.setenv("HEAPDIFF_KEEP", "4")
    assert make_app().extensions["heapdiff"].settings.keep == 4
    assert make_app(HEAPDIFF_KEEP=6).extensions["heapdiff"].settings.keep == 6


def test_an_app_that_serves_already_is_equipped_without_endpoints_and_without_an_error(
    directory: Path, make_app: MakeApp, caplog: pytest.LogCaptureFixture
) -> None:
    make_app()
    app = Flask("early")
    app.test_client().get("/")
    app.config.update(HEAPDIFF_DIR=str(directory), HEAPDIFF_SIGNAL=None, HEAPDIFF_TOKEN="x" * 20)
    HeapDiff(app)
    assert "the extension is not active" in caplog.text
    assert app.test_client().get("/").status_code == 404


def test_nonsense_in_the_config_does_not_stop_the_app(make_app: MakeApp) -> None:
    app = make_app(HEAPDIFF_KEEP=object(), HEAPDIFF_SIGNAL="KILL", HEAPDIFF_URL_PREFIX="<", HEAPDIFF_LIVE=[])
    assert app.test_client().get("/").status_code == 200


def requests_served() -> int:
    return installation.ensure_agent().choice.engine.requests() - COUNTED_BEFORE[0]


COUNTED_BEFORE = [0]


@pytest.fixture(autouse=True)
def _count_from_zero(make_app: MakeApp) -> None:
    """The native engine counts for the whole process."""
    COUNTED_BEFORE[0] = 0
    make_app()
    COUNTED_BEFORE[0] = requests_served()


def test_calls_are_counted_by_endpoint_before_anything_of_the_app_runs(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str | None] = []
    monkeypatch.setattr(extension, "call_function", lambda: seen.append)
    app = make_app()
    app.before_request(lambda: ("no", 403))
    client = app.test_client()
    for path in ("/", "/missing", "/"):
        client.get(path)
    assert seen == ["index", None, "index"]
