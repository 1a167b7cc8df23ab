"""The command line's reference from its own help; `python -m tests.cli.reference` writes `docs/cli.md`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import click

from heapdiff.cli.commands import COMMANDS, heapdiff

__all__ = ["PAGE", "render_reference"]

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"
HEAD = """\
# Command line

This is the text of `heapdiff COMMAND --help`. Results go to standard output, messages and progress to standard
error; progress is shown only on a terminal. Commands that read snapshots accept the `.json` or the `.heap`,
compressed as `.gz` or `.zst` (before Python 3.14 with `pip install zstandard`) or not, and a directory: `compare`, `advise`,
`report` and `view` take all the snapshots in it, the others the latest.
"""
TAIL = """\
## Exit codes

| code | meaning |
|---:|---|
| 0 | done |
| 1 | growth above `--fail-on-growth` |
| 2 | wrong usage, or the result couldn't be written |
| 3 | not a snapshot or lake, an unsupported version, a damaged or cut-off file, or not enough memory to read it |
| 4 | no such process, no agent in it, no answer in time, or a failed capture |
| 5 | an optional program or package is missing |
| 70 | a bug in heapdiff; `HEAPDIFF_DEBUG=1` shows where |
| 130, 141 | interrupted; the reader of the output closed it |
| 129, 143 | ended by SIGHUP, SIGTERM |

An error is two lines on standard error: what is wrong, with the file or process, and what to do next.

## Numbers and names

Sizes are in powers of 1000: 1 kB is 1000 bytes; `--fail-on-growth` also takes powers of 1024 (`10MiB`).
Tables are as wide as the terminal, 80 columns in a pipe, or `COLUMNS`; `NO_COLOR` turns colours off. A long
name is shortened with `…`, the last part of a path last; JSON has it in full. Characters in a name that a terminal would
obey, or that can't be seen, appear as escapes (`\\x1b`, `\\u202e`); in Markdown, names and whatever a site could turn into a link
or a mention are code. `snapshot` prints no path that isn't plain if another user chose the directory; choose one with `--to`.

## JSON

`--format json` prints one ASCII document with a `schema` field, such as `compare/1`: [what each of them has](json.md).
Fields may be added; none is renamed or removed while the version number stays the same. Without `-n`, it contains every row.
"""


def render_reference() -> str:
    """The page: each command's usage, description, options."""
    root = click.Context(heapdiff, info_name="heapdiff")
    parts = [HEAD]
    for name in COMMANDS:
        command = heapdiff.get_command(root, name)
        assert command is not None, name
        parts += [
            "\n".join(lines) + "\n"
            for lines in _describe_all(command, click.Context(command, root, info_name=name))
        ]
    return "\n".join([*parts, TAIL])


def _describe_all(command: click.Command, context: click.Context) -> Iterator[Iterator[str]]:
    """A command, and those of a group."""
    yield _describe(command, context)
    if not isinstance(command, click.Group):
        return
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        assert inner is not None, name
        yield from _describe_all(inner, click.Context(inner, context, info_name=name))


def _describe(command: click.Command, context: click.Context) -> Iterator[str]:
    yield f"## {context.command_path}"
    yield ""
    yield "```"
    usage = [*command.collect_usage_pieces(context)[1:], "[OPTIONS]"]
    if not command.context_settings.get("allow_interspersed_args", True):
        usage.insert(0, usage.pop())
    yield f"{context.command_path} {' '.join(usage)}"
    yield "```"
    yield ""
    yield from _paragraphs(inspect.cleandoc(command.help or ""))
    options = [option for option in command.params if isinstance(option, click.Option) and not option.hidden]
    if options:
        yield "| option | meaning |"
        yield "|---|---|"
    for option in options:
        record = option.get_help_record(context)
        assert record is not None
        names, meaning = (" ".join(text.split()).replace("|", "\\|") for text in record)
        yield f"| `{names}` | {meaning} |"


def _paragraphs(text: str) -> Iterator[str]:
    """Prose as it is; what click must not wrap is an example."""
    for paragraph in text.split("\n\n"):
        if paragraph.startswith("\b"):
            yield "```sh"
            yield from (line.strip() for line in paragraph.splitlines()[1:])
            yield "```"
        else:
            yield " ".join(paragraph.split())
        yield ""


if __name__ == "__main__":
    PAGE.write_text(render_reference(), "utf-8")
