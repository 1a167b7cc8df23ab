"""The group of all commands. Each is imported when it is needed, and its own imports wait until it runs."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from heapdiff.cli.streams import print_document
from heapdiff.version import __version__

COMMANDS = {  # and the room of each
    "run": "processes",
    "ps": "processes",
    "snapshot": "processes",
    "investigate": "investigation",
    "sample": "orders",
    "watch": "orders",
    "trim": "orders",
    "show": "snapshots",
    "compare": "snapshots",
    "advise": "snapshots",
    "why": "snapshots",
    "tree": "snapshots",
    "graph": "snapshots",
    "report": "pages",
    "view": "pages",
    "query": "snapshots",
    "export": "snapshots",
    "dump": "snapshots",
    "redact": "snapshots",
    "fleet": "fleet",
    "cache": "",
    "imports": "measuring",
    "doctor": "processes",
    "mcp": "",
    "completion": "",
}


class LazyGroup(click.Group):
    """Finds a command by the module that it's in, in the order in which a user meets them."""

    def __init__(self, *arguments: Any, modules: Mapping[str, str], **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in self.modules:
            return None
        command: click.Command = getattr(import_module(self.modules[cmd_name]), cmd_name)
        return command


def _module_of(name: str, room: str) -> str:
    return ".".join(filter(None, ("heapdiff.cli", room, name)))


@click.group(
    cls=LazyGroup,
    modules={name: _module_of(name, room) for name, room in COMMANDS.items()},
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    no_args_is_help=False,
    invoke_without_command=True,
)
@click.version_option(__version__, message="heapdiff %(version)s")
@click.pass_context
def heapdiff(ctx: click.Context) -> None:
    """Find out why a Python web worker's memory grows.

    \b
      heapdiff investigate 4242   three snapshots in five minutes, and the answer
      heapdiff snapshot 4242      or by hand: twice, with traffic in between
      heapdiff compare first.json second.json
      heapdiff graph second.json --since first.json -o leak.svg

    Exit codes: 0 done, 1 growth above --fail-on-growth, 2 wrong usage, 3 not a snapshot or cut off, 4 no such process,
    no agent or no answer, 5 an optional program or package is missing.
    """
    if ctx.invoked_subcommand is None:
        print_document(f"{ctx.get_help()}\n")
