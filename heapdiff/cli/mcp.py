"""`heapdiff mcp`: answers a coding assistant's questions about snapshots."""

import sys
from contextlib import redirect_stdout
from importlib.util import find_spec
from pathlib import Path

import click

from heapdiff.cli.options import NamedPath
from heapdiff.cli.streams import behind, print_document, say
from heapdiff.errors import MissingToolError


@click.command(short_help="Answer a coding assistant's questions (MCP).")
@click.argument("directories", metavar="[DIR]...", nargs=-1, type=NamedPath())
@click.option("--allow-snapshots", is_flag=True, help="Take snapshots without asking the user each time.")
@click.option("--skill", is_flag=True, help="Print the skill that teaches an assistant the method, and end.")
def mcp(directories: tuple[Path, ...], allow_snapshots: bool, skill: bool) -> None:
    """Serve the Model Context Protocol on standard input and output, for an assistant that starts this command.

    It lists, compares and explains the snapshots in the directories DIR, by default those of your own processes (HEAPDIFF_DIR),
    and reads no other file. It takes a snapshot only after asking the user through the assistant, or with --allow-snapshots.

    \b
      heapdiff mcp heaps/
      mkdir -p .claude/skills/heapdiff
      heapdiff mcp --skill > .claude/skills/heapdiff/SKILL.md

    Serving needs the package mcp: pip install 'heapdiff[mcp]'. docs/assistants.md says how to add it to an assistant.
    """
    from heapdiff.assistants.places import places_of

    if skill:
        print_document(read_skill())
        return
    places = places_of(directories)
    try:
        from heapdiff.assistants.serving import serve
    except ImportError as error:
        found = (
            f" ({error})" if find_spec("mcp") is not None else ""
        )  # what of it is missing tells of another version
        raise MissingToolError(
            f"serving an assistant needs the package mcp, version 2{found}", "pip install 'heapdiff[mcp]'"
        ) from error
    from heapdiff.assistants.answering import Desk

    if sys.stdin.isatty():
        say(
            f"heapdiff: an assistant starts this and talks to it on standard input; Ctrl-C ends it. Snapshots in {places}"
        )
    with redirect_stdout(behind(sys.stdout)):  # the protocol's own stream, unescaped
        serve(Desk(places), allow_snapshots)


def read_skill() -> str:
    from heapdiff import assistants

    return Path(assistants.__file__).with_name("skill.md").read_text("utf-8")
