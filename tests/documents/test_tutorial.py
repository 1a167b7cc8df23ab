"""The tutorial as a reader types it, block by block, in a copy of the sample shop: all but what makes the environment."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from samples.leaky_shop.server import HERE, stop
from tests.cli.command import environment
from tests.documents.commands import Script, scripts_of
from tests.documents.elsewhere import ELSEWHERE
from tests.documents.site import DOCS

NOT_HERE = {text for texts in ELSEWHERE.values() for text in texts}
SERVER = "gunicorn"
ASKED_S = 60
FEWER = {"seq 1000": "seq 300"}  # requests: curl is a process for each
ALLOCATED = re.compile(  # by entries or by all that they keep: with so few requests, which of them samples agree on is chance
    r"allocated at shop/(cache\.py:24 in session_for|views\.py:22 in open_session), hook shop\.views\.open_session"
)
BLOCK_S, ALL_S = 300, 900  # on a machine with other things to do


pytestmark = [pytest.mark.soak, pytest.mark.process, pytest.mark.timeout(ALL_S)]


class Reader:
    """Somebody with the checkout: two terminals, one of which the server keeps."""

    def __init__(self, checkout: Path) -> None:
        self.checkout = checkout
        self.place = checkout / "samples" / "leaky_shop"
        self.server: subprocess.Popen[bytes] | None = None
        self.environment = environment(HOME=str(checkout), PYTHONDONTWRITEBYTECODE="1")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]

    def type(self, script: Script) -> str:
        """What a block prints. One that ends with the server leaves it running."""
        changes = {**FEWER, "8000": str(self.port)}
        lines = [replaced(command.text, changes) for command in script.commands]
        lines = [re.sub(r"\b4243\b", self.pid(), line) if "4243" in line else line for line in lines]
        if lines[-1].startswith(SERVER):
            shell = "\n".join([*lines[:-1], f"exec {lines[-1]}"])
            self.server = subprocess.Popen(
                ["bash", "-euc", shell], cwd=self.place, env=self.environment, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            self.pid()
            return ""
        starts = "source" in lines[0]
        shell = "\n".join([*([] if starts else ["export HEAPDIFF_DIR=$PWD/heapdiff-out"]), *lines])
        done = subprocess.run(
            ["bash", "-euc", shell], cwd=self.checkout if starts else self.place, env=self.environment,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=BLOCK_S, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{script}: {done.stderr}"
        return done.stdout

    def pid(self) -> str:
        """The worker's, as soon as it has its agent."""
        until = time.monotonic() + ASKED_S
        while time.monotonic() < until:
            done = subprocess.run(
                [Path(sys.executable).with_name("heapdiff"), "ps", "--format", "json", "--dir", "heapdiff-out"],
                cwd=self.place, env=self.environment, capture_output=True, text=True, check=False,
            )  # fmt: skip
            found = json.loads(done.stdout)["processes"] if done.returncode == 0 else []
            if found:
                return str(found[0]["pid"])
        raise AssertionError("the shop's worker got no agent")


def replaced(text: str, changes: Mapping[str, str]) -> str:
    for typed, instead in changes.items():
        text = text.replace(typed, instead)
    return text


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    shutil.copytree(HERE, tmp_path / "samples" / "leaky_shop", ignore=shutil.ignore_patterns("__pycache__"))
    activate = tmp_path / ".venv" / "bin" / "activate"
    activate.parent.mkdir(parents=True)
    activate.write_text(f"export PATH={Path(sys.executable).parent}{os.pathsep}$PATH\n")
    here = Reader(tmp_path)
    here.environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{here.environment['PATH']}"
    try:
        yield here
    finally:
        if here.server is not None:
            stop(here.server)


def test_each_step_of_the_tutorial_works_as_typed(reader: Reader) -> None:
    printed: dict[str, str] = {}
    for script in scripts_of(DOCS / "tutorial.md"):
        commands = script.without(NOT_HERE | {"cd samples/leaky_shop"} if not printed else NOT_HERE)
        names = {word for command in commands.commands for words in command.words for word in words}
        if commands.commands and not names & {
            "first.json",
            "third.json",
            "heapdiff-fixed",
        }:  # another run's, after a restart
            printed[commands.commands[-1].text] = reader.type(commands)
    compared = " ".join(printed["heapdiff compare heapdiff-out"].split())
    assert "LEAK: shop.cache.SESSIONS keeps" in compared
    assert ALLOCATED.search(compared), compared
    assert (reader.place / "sessions.svg").read_text().rstrip().endswith("</svg>")
