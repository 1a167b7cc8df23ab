"""`heapdiff fleet`: the group."""

import click

from heapdiff.cli.commands import LazyGroup


@click.group(
    cls=LazyGroup, modules={"ingest": "heapdiff.cli.fleet.ingest"}, short_help="Ask about many workers."
)
def fleet() -> None:
    """Collect what many workers wrote, and ask about all of them."""
