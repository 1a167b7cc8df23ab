"""The group that Flask loads with every `flask` command. Each of its commands is imported when it's needed."""

from typing import Final

import click

from heapdiff.cli.commands import LazyGroup

COMMANDS: Final = {  # and the module of each
    "snapshot": "workers",
    "ps": "workers",
    "compare": "series",
    "advise": "series",
    "sample": "workers",
    "watch": "workers",
    "lines": "lines",
}


@click.group(
    cls=LazyGroup,
    modules={name: f"{__package__}.{module}" for name, module in COMMANDS.items()},
    short_help="Find out why the workers' memory grows.",
)
def heapdiff() -> None:
    """Find out why this app's workers grow: no paths and no PIDs needed, the app's config says where they are.

    \b
      flask heapdiff snapshot             twice, with traffic in between
      flask heapdiff compare
    """
