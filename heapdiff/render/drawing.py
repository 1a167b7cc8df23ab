"""Draws DOT text with Graphviz: the system's `dot`, else the `graphviz-pure` wheel. Writes no file."""

import shutil
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from heapdiff.errors import MissingToolError

INSTALL = "Install one of them: pip install graphviz-pure, or Graphviz itself (Debian: apt install graphviz)."


def find_programs() -> list[Path]:
    """The programs that can draw, best first: `dot` on the PATH, then graphviz-pure."""
    return list(dict.fromkeys(_candidates()))


def draw(dot: str, kind: str) -> bytes:
    """The picture as `svg` or `png`. A program that fails gives way to the next; else MissingToolError."""
    programs = find_programs()
    if not programs:
        raise MissingToolError("Graphviz is not installed: found neither dot nor graphviz-pure", INSTALL)
    reasons = []
    for program in programs:
        try:
            return _run(program, dot, kind)
        except OSError as error:
            reasons.append(f"{program}: {error.strerror or error}")
        except _RefusedError as error:
            reasons.append(f"{program}: {error}")
    raise MissingToolError(f"could not draw the {kind.upper()} ({'; '.join(reasons)})", INSTALL)


class _RefusedError(Exception):
    """A program ran and gave no picture."""


def _candidates() -> Iterator[Path]:
    if found := shutil.which("dot"):
        yield Path(found)
    scripts = (str(Path(sys.executable).parent), sysconfig.get_path("scripts"))
    for where in (None, *scripts):
        if found := shutil.which("graphviz-pure", path=where):
            yield Path(found)


def _run(program: Path, dot: str, kind: str) -> bytes:
    """Let the graphviz package run the program: both take `dot`'s options."""
    import graphviz
    from graphviz.backend import dot_command

    usual = dot_command.DOT_BINARY
    dot_command.DOT_BINARY = program
    try:
        # not line by line, as `Source.pipe` writes: a program that ends without reading would be left behind
        picture: bytes = graphviz.backend.pipe("dot", kind, dot.encode("utf-8"), quiet=True)
    except (graphviz.ExecutableNotFound, graphviz.CalledProcessError) as error:
        complaint = (getattr(error, "stderr", None) or b"").decode("utf-8", "replace").strip()
        raise _RefusedError(
            complaint.splitlines()[-1] if complaint else "it failed without a message"
        ) from error
    finally:
        dot_command.DOT_BINARY = usual
    if not picture:
        raise _RefusedError("it wrote nothing")
    return picture
