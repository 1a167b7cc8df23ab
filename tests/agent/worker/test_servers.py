"""Which server and role a process has, told from its stack and from what a request says. Real gunicorn: tests/flask."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import pytest

from heapdiff.agent.worker.servers import Role, ServerProcess, detect_server


def run_inside(calls: list[tuple[str, str]], what: Callable[[], Any]) -> Any:
    """Call `what` below functions that pretend to be of other modules, outermost first."""
    for module, function in reversed(calls):
        space: dict[str, Any] = {"__name__": module, "what": what}
        exec(f"def {function}():\n    return what()", space)
        what = space[function]
    return what()


@pytest.mark.parametrize(
    ("calls", "name", "role"),
    [
        ([("gunicorn.app.base", "run"), ("gunicorn.arbiter", "setup")], "gunicorn", Role.MASTER),
        ([("gunicorn.arbiter", "run"), ("gunicorn.arbiter", "reexec")], "gunicorn", Role.MASTER),
        ([("gunicorn.arbiter", "spawn_worker"), ("gunicorn.workers.base", "init_process")], "gunicorn", Role.WORKER),
        ([("gunicorn.arbiter", "run"), ("gunicorn.arbiter", "spawn_worker")], "gunicorn", Role.WORKER),
        ([("uvicorn.server", "serve")], "uvicorn", Role.WORKER),
        ([("waitress.runner", "run")], "waitress", Role.WORKER),
        ([("werkzeug.serving", "run_simple")], "werkzeug", Role.WORKER),
        ([("flask.cli", "run_command")], "werkzeug", Role.WORKER),
        ([("gunicorn_extras", "run")], None, Role.PLAIN),
        ([("wsgi", "load")], None, Role.PLAIN),
    ],
)  # fmt: skip
def test_the_stack_tells_server_and_role(
    calls: list[tuple[str, str]], name: str | None, role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["app.py"])
    monkeypatch.delenv("FLASK_DEBUG", raising=False)
    assert run_inside(calls, detect_server) == ServerProcess(name, role, os.getpid())


def test_a_thread_of_a_master_is_told_by_the_main_threads_stack() -> None:
    found: list[ServerProcess] = []

    def in_a_thread() -> None:
        thread = threading.Thread(target=lambda: found.append(detect_server()))
        thread.start()
        thread.join()

    run_inside([("gunicorn.arbiter", "setup")], in_a_thread)
    assert [server.role for server in found] == [Role.MASTER]


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({"SERVER_SOFTWARE": "gunicorn/27.0.1"}, "gunicorn"),
        ({"SERVER_SOFTWARE": "Werkzeug/3.1.9"}, "werkzeug"),
        ({"SERVER_SOFTWARE": "waitress"}, "waitress"),
        ({"SERVER_SOFTWARE": "gevent/26.9 Python/3.11"}, "gevent"),
        ({"uwsgi.version": b"2.0.31"}, "uwsgi"),
        ({"mod_wsgi.version": (5, 0), "SERVER_SOFTWARE": "Apache/2.4"}, "mod_wsgi"),
        ({"SERVER_SOFTWARE": "Apache/2.4.68 (Debian) Phusion_Passenger/6.0.17"}, None),
        ({"SERVER_SOFTWARE": None}, None),
        ({}, None),
    ],
)
def test_a_request_tells_the_server_and_makes_the_process_a_worker(
    environ: dict[str, Any], name: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["app.py"])
    assert detect_server(environ) == ServerProcess(name, Role.WORKER, os.getpid())


def test_the_program_tells_the_server_where_nothing_else_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["/usr/share/passenger/helper-scripts/wsgi-loader.py"])
    assert detect_server({"SERVER_SOFTWARE": "nginx/1.22"}).name == "passenger"


def test_the_parent_of_a_reloader_is_told_from_its_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    monkeypatch.delenv("WERKZEUG_RUN_MAIN", raising=False)
    assert run_inside([("flask.cli", "run_command")], detect_server).role is Role.RELOADER
    monkeypatch.setenv("WERKZEUG_RUN_MAIN", "true")
    assert run_inside([("flask.cli", "run_command")], detect_server).role is Role.WORKER
