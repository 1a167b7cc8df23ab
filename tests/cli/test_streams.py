"""Everything that reaches a terminal goes through one place: nothing else writes to the two standard streams."""

from __future__ import annotations

import ast
import io
import logging
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import click
import pytest

import heapdiff
from heapdiff.cli.streams import beside, print_line, say, usable_streams
from heapdiff.render.terminal.console import render_text

PACKAGE = Path(heapdiff.__file__).parent
STREAMS = PACKAGE / "cli" / "streams.py"
WRITERS = frozenset(
    {"print", "input", "click.echo", "click.secho", "click.echo_via_pager", "click.progressbar", "click.get_text_stream",
     "click.get_binary_stream", "sys.stdout.write", "sys.stderr.write", "rich.print", "sys.displayhook"}
)  # fmt: skip
ASKING = frozenset({"click.confirm", "click.prompt", "getpass.getpass"})  # in words of ours only
STREAM_NAMES = frozenset({"sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__"})
RICH = frozenset({"Console", "Live", "Status"})
NAMES = WRITERS | ASKING | STREAM_NAMES | RICH | {"os.write"}
PIPED = (  # programs that only `heapdiff.beside` starts: their streams are pipes
    PACKAGE / "flask" / "apart" / "drawn.py",
    PACKAGE / "testing" / "looking" / "answering.py",
)
HARMLESS_USES = frozenset({"isatty", "flush"})
OSC = "\x1b]0;owned\x07"


def dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return f"{dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""


def may_write(source: str) -> bool:
    """Whether all words of one of the names are in it; to parse those that have none would take most of the time."""
    return any(all(word in source for word in name.split(".")) for name in NAMES)


def writes(source: str) -> Iterator[str]:
    """What in a module writes to a terminal past the place for it."""
    if not may_write(source):
        return
    tree = ast.parse(source)
    fine = {
        id(inner)
        for node in ast.walk(tree)
        for inner in ast.iter_child_nodes(node)
        if (isinstance(node, ast.Attribute) and node.attr in HARMLESS_USES)
        or (isinstance(node, ast.Call) and dotted(node.func) == "behind")
    }
    for node in ast.walk(tree):
        name = dotted(node.func) if isinstance(node, ast.Call) else ""
        constant = isinstance(node, ast.Call) and all(isinstance(each, ast.Constant) for each in node.args)
        if name in WRITERS or (name in ASKING and not constant) or name.rpartition(".")[2] in RICH:
            yield f"{node.lineno}: {name}"  # type: ignore[attr-defined]
        if name == "os.write" and not constant and ast.unparse(node.args[0]) in ("1", "2"):  # type: ignore[attr-defined]
            yield f"{node.lineno}: {name}"  # type: ignore[attr-defined]
        if dotted(node) in STREAM_NAMES and id(node) not in fine:
            yield f"{node.lineno}: {dotted(node)}"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "source",
    ["print(x)", "click.echo(x)", "sys.stdout.write(x)", "f(sys.stderr)", "os.write(2, x)", "click.confirm(f'{x}?')",
     "Console().print(x)", "sys.__stdout__.flush; sys.__stdout__.buffer"],
)  # fmt: skip
def test_such_a_write_would_be_found(source: str) -> None:
    assert list(writes(source))


@pytest.mark.slow
def test_nothing_else_writes_to_a_terminal() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}:{what}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path not in (STREAMS, PACKAGE / "render" / "terminal" / "console.py", *PIPED)
        for what in writes(path.read_text())
    ]
    assert found == []


def fails() -> None:
    try:
        raise ValueError(OSC)
    except ValueError:
        traceback.print_exc()


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda: print(OSC), id="print"),
        pytest.param(lambda: print(OSC, file=sys.stderr), id="print to stderr"),
        pytest.param(lambda: sys.stdout.writelines([OSC]), id="writelines"),
        pytest.param(lambda: click.echo(OSC), id="click"),
        pytest.param(lambda: click.secho(OSC, fg="red", err=True), id="click in colour"),
        pytest.param(lambda: logging.getLogger("some.library").warning(OSC), id="a log line"),
        pytest.param(fails, id="a traceback"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_what_is_written_past_it_is_escaped_after_all(write: Callable[[], None], encoding: str) -> None:
    streams = [io.TextIOWrapper(io.BytesIO(), encoding) for _ in range(2)]
    with (
        patch("sys.stdout", streams[0]),
        patch("sys.stderr", streams[1]),
        patch.object(logging.root, "handlers", []),
    ):
        with usable_streams():
            write()
        for stream in streams:
            stream.flush()
    written = b"".join(stream.buffer.getvalue() for stream in streams)
    assert rb"\x1b]0;owned\x07" in written
    assert not {0x1B, 7} & set(written)


def test_a_renderer_that_forgot_is_escaped_after_all() -> None:
    assert render_text(lambda console: console.print("\x1b[5m\x9b\u202e")) == "\\x1b[5m\\x9b\\u202e\n"


class Drawing:
    """A display that says when it is on the screen."""

    def __init__(self) -> None:
        self.drawn = False

    def start(self) -> None:
        self.drawn = True

    def stop(self) -> None:
        self.drawn = False


def test_a_line_is_printed_while_nothing_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    display, seen = Drawing(), []

    class Watched(io.StringIO):
        def write(self, text: str) -> int:
            seen.append(display.drawn)
            return super().write(text)

    with patch("sys.stdout", Watched()), patch("sys.stderr", Watched()), beside(display):
        print_line("a path")
        say("a note")
        again = display.drawn
    assert (set(seen), again, display.drawn) == ({False}, True, False)
    assert capsys.readouterr() == ("", "")


def test_the_streams_are_as_they_were_afterwards() -> None:
    before = sys.stdout, sys.stderr
    with usable_streams():
        assert sys.stdout is not before[0]
        assert not hasattr(sys.stdout, "buffer")
        assert sys.stdout.encoding == before[0].encoding
    assert (sys.stdout, sys.stderr) == before
