"""`heapdiff mcp` without its extra, and the skill, which needs none."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE

import pytest

import heapdiff
from heapdiff.assistants import places
from heapdiff.cli.commands import COMMANDS
from tests.cli.command import run

SKILL = Path(places.__file__).with_name("skill.md")
PAGE = Path(heapdiff.__file__).parents[1] / "docs" / "assistants.md"


def test_without_the_extra_it_is_one_line_a_hint_and_exit_code_5(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("mcp", "mcp.server.mcpserver"):  # which another test may have imported
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, "heapdiff.assistants.serving", raising=False)
    done = run("mcp", tmp_path)
    assert done.exit_code == 5
    assert done.complaint[0] == "heapdiff: serving an assistant needs the package mcp, version 2"
    assert done.complaint[1:] == ["pip install 'heapdiff[mcp]'"]
    assert done.stdout == ""


def test_a_directory_that_is_none_is_said_before_anything_is_served(tmp_path: Path) -> None:
    done = run("mcp", tmp_path / "gone")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "gone: is not a directory" in done.complaint[0]


def test_the_skill_is_printed_whole_and_needs_no_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    done = run("mcp", "--skill")
    assert (done.exit_code, done.stdout) == (0, SKILL.read_text("utf-8"))


def test_the_skill_says_what_it_is_for_and_names_commands_that_exist() -> None:
    text = SKILL.read_text("utf-8")
    assert re.match(r"---\nname: heapdiff\ndescription: .{50,1000}\n---\n", text)
    assert set(re.findall(r"`heapdiff ([a-z]+)", text)) <= set(COMMANDS)
    assert "heapdiff_growth" in text
    assert "@pytest.mark.heapdiff(max_growth=" in text
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert "mark.heapdiff" not in example, "the marker would repeat the whole check"


def test_the_page_names_every_tool_of_the_server() -> None:
    served = (SKILL.with_name("serving.py")).read_text("utf-8")
    added = re.search(r"for tool in \((.*)\):", served)
    assert added is not None
    tools = {*added[1].split(", "), *re.findall(r"add\((\w+), takes", served)}
    assert tools == {"list", "snapshot", "compare", "why", "tree", "show", "advise", "query", "graph"}
    assert all(f"| `{tool}` |" in PAGE.read_text("utf-8") for tool in tools)


@pytest.mark.process
def test_a_client_that_goes_while_it_is_owed_an_answer_is_no_error(tmp_path: Path) -> None:
    pytest.importorskip("mcp")
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}
    messages: list[dict[str, object]] = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "list", "arguments": {}}},
    ]
    command = [sys.executable, "-m", "heapdiff", "mcp", str(tmp_path)]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE) as server:
        assert server.stdin and server.stdout and server.stderr  # noqa: PT018
        for message in messages[:2]:
            server.stdin.write(json.dumps(message).encode() + b"\n")
            server.stdin.flush()
        assert b'"id":1' in server.stdout.readline()
        server.stdout.close()
        server.stdin.write(json.dumps(messages[2]).encode() + b"\n")
        server.stdin.close()
        assert (server.wait(60), server.stderr.read()) == (0, b"")
