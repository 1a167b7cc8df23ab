"""`heapdiff run`: becomes the command, says clearly why it cannot, and arms what serves and nothing else."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from heapdiff.agent.directory.registry import read_agent
from heapdiff.agent.startup import FOLDER
from tests.cli.command import START, environment, run_process
from tests.processes import agent_files, threads_of
from tests.servers.cases import Case, Revival
from tests.servers.load import ask
from tests.servers.proof import by_command
from tests.servers.running import ROOT, TOKEN, Running, wait_for

SHOW_SELF = "import json, os; print(json.dumps([os.getpid(), dict(os.environ)]))"
SERVE = """
import json, os, subprocess, sys
from wsgiref.simple_server import WSGIRequestHandler, make_server
WSGIRequestHandler.log_message = lambda *arguments: None
KEPT = []
def app(environ, start_response):
    KEPT.append(object())
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({"pid": os.getpid(), "parent": os.getppid(), "children": CHILDREN}).encode()]
look = "import sys, flask; flask.Flask('tool'); print(sys.modules['heapdiff.agent.worker.installation']._agent)"
CHILDREN = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True).stdout.strip()
make_server("127.0.0.1", int(sys.argv[1]), app).serve_forever()
"""
PLAIN = Case(
    "no Flask",
    ("{python}", "{folder}/plain.py", "{port}"),
    revival=Revival.NONE,
    single=True,
    files=(("plain.py", SERVE.replace("{", "{{").replace("}", "}}")),),
)


def start(*arguments: str, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", START, "run", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(PYTHONPATH=str(ROOT), **variables),
    )


def test_the_command_takes_over_the_process_and_gets_the_settings() -> None:
    options = ("--dir", "heaps", "--signal", "usr1", "--keep", "7", "--engine", "gc")
    with start(*options, "--", sys.executable, "-c", SHOW_SELF) as process:
        pid, variables = json.loads(process.communicate(timeout=60)[0])
    assert pid == process.pid
    assert variables["HEAPDIFF_DIR"] == str(Path.cwd() / "heaps")
    assert [variables[f"HEAPDIFF_{name}"] for name in ("SIGNAL", "KEEP", "ENGINE")] == ["usr1", "7", "gc"]
    assert variables["PYTHONPATH"].split(os.pathsep) == [str(FOLDER), str(ROOT)]


def test_without_options_the_environment_stays_as_it_is() -> None:
    with start("--", sys.executable, "-c", SHOW_SELF, HEAPDIFF_KEEP="3") as process:
        variables = json.loads(process.communicate(timeout=60)[0])[1]
    new = set(variables) - set(os.environ)
    assert {name for name in new if name.startswith("HEAPDIFF_")} == {"HEAPDIFF_KEEP"}


def test_its_exit_code_and_its_signals_are_the_commands() -> None:
    assert run_process("run", "--", "sh", "-c", "exit 37").exit_code == 37
    with start("--", "sh", "-c", "echo ready; exec sleep 60") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == -signal.SIGTERM


def test_the_command_does_not_inherit_what_python_ignores() -> None:
    ignored = run_process("run", "--", "sh", "-c", "grep SigIgn /proc/self/status").stdout.split()[1]
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        assert not int(ignored, 16) >> (number - 1) & 1


def test_a_commands_own_options_and_dashes_reach_it() -> None:
    words = ("printf", "%s,", "--dir", "x", "--", "-n")
    assert run_process("run", *words).stdout == run_process("run", "--", *words).stdout == "--dir,x,--,-n,"


def test_what_the_options_say_is_in_the_environment_of_the_command() -> None:
    done = run_process("run", "--no-hash", "--keep", "7", "--", "printenv", "HEAPDIFF_HASH", "HEAPDIFF_KEEP")
    assert done.stdout.split() == ["false", "7"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "no command"),
        (("--", "no-such-server"), 5, "no-such-server"),
        (("--", "./no-such-script.sh"), 5, "no-such-script.sh"),
        (("--", "/usr"), 2, "is a directory"),
        (("--signal", "KILL", "--", "true"), 2, "--signal KILL"),
        (("--keep", "no", "--", "true"), 2, "--keep no"),
        (("--engine", "steam", "--", "true"), 2, "--engine steam"),
    ],
)  # fmt: skip
def test_what_cannot_be_started_is_said_in_two_lines(
    arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = run_process("run", *arguments)
    assert (done.exit_code, done.stdout, len(done.complaint)) == (code, "", 2)
    assert words in done.complaint[0]


def test_a_program_in_the_working_directory_is_named_as_one(tmp_path: Path) -> None:
    (tmp_path / "start.sh").write_text("#!/bin/sh\n")
    done = subprocess.run(
        [sys.executable, "-c", START, "run", "--", "start.sh"],
        cwd=tmp_path, env=environment(PYTHONPATH=str(ROOT)), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 5
    assert done.stderr.splitlines()[1] == "It's in this directory: heapdiff run -- ./start.sh ..."


def test_a_file_that_is_no_program_says_how_to_make_it_one(tmp_path: Path) -> None:
    (tmp_path / "start").write_text("#!/bin/sh\n")
    done = run_process("run", "--", tmp_path / "start")
    assert (done.exit_code, len(done.complaint)) == (2, 2)
    assert "chmod +x" in done.complaint[1]


def test_a_script_without_its_first_line_says_how_to_start_it(tmp_path: Path) -> None:
    script = tmp_path / "start"
    script.write_text("echo no\n")
    script.chmod(0o755)
    done = run_process("run", "--", script)
    assert done.exit_code == 2
    assert "run -- sh" in done.complaint[1]


@pytest.mark.slow
def test_a_server_without_flask_is_armed_and_its_requests_are_unknown(tmp_path: Path) -> None:
    with Running(PLAIN, tmp_path, by_run=True) as server:
        content = ask(server.port)[1]
        path = by_command(server, server.pid)
        process = json.loads(path.read_text())["process"]
        assert content["children"] == "None", "a child that only makes an app is not armed"
        assert list(server.directory.glob(".agent-*.json")) == [agent_files(server.directory, server.pid)[0]]
    assert (process["server"], process["requests"]) == ("wsgiref", None)


@pytest.mark.slow
def test_with_a_token_the_endpoints_stand_before_an_app_that_knows_nothing_of_them(tmp_path: Path) -> None:
    program = (
        "import os\nfrom flask import Flask\napp = Flask(__name__)\n"
        "@app.route('/')\ndef home(): return {{'pid': os.getpid()}}\n"
    )
    command = (
        *("{python}", "-m", "gunicorn", "--bind", "127.0.0.1:{port}"),
        "--no-control-socket",
        "plain:app",
    )
    case = Case("gunicorn", command, ("gunicorn",), files=(("plain.py", program),))
    with Running(case, tmp_path, by_run=True, more={"HEAPDIFF_TOKEN": TOKEN}) as server:
        pid = ask(server.port)[1]["pid"]
        status, answer = ask(server.port, "POST", "/_heapdiff/snapshots?wait=1", TOKEN)
        assert (status, server.directory.joinpath(f"{answer['name']}.json").exists()) == (201, True)
        assert str(pid) in str(answer["name"])
        taken = json.loads(server.directory.joinpath(f"{answer['name']}.json").read_text())
        assert set(taken["process"]["endpoints"]) == {"home"}
        assert ask(server.port, "POST", "/_heapdiff/snapshots")[0] == 401
        assert ask(server.port, "GET", "/_heapdiffer", TOKEN)[0] == 404


@pytest.mark.slow
def test_the_reloaders_parent_is_not_armed_even_if_the_app_installs_in_it(tmp_path: Path) -> None:
    program = "from shop import app\napp.run(port={port}, debug=True)\n"
    case = Case("app.run", ("{python}", "{folder}/main.py"), files=(("main.py", program),))
    with Running(case, tmp_path, by_run=False) as server:
        worker = int(str(ask(server.port)[1]["pid"]))
        assert worker != server.pid
        wait_for(lambda: read_agent(server.directory, worker))
        assert read_agent(server.directory, server.pid) is None
        assert "heapdiff" not in threads_of(server.pid)
