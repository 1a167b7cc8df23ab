"""`heapdiff fleet`: the group."""

import click

from heapdiff.cli.commands import LazyGroup

COMMANDS = {  # and where each is
    "ingest": "ingest",
    "leaks": "leaks",
    "show": "leak_history",
    "workers": "fleet_workers",
    "releases": "releases",
    "gate": "gate",
}


@click.group(
    cls=LazyGroup,
    modules={name: f"heapdiff.cli.fleet.{module}" for name, module in COMMANDS.items()},
    short_help="Ask about many workers and releases.",
)
def fleet() -> None:
    """Gather summaries and comparisons of many workers in a lake of Parquet files, and ask about all of them.

    \b
      heapdiff fleet ingest /var/lib/heapdiff --to lake/
      heapdiff fleet leaks lake/
      heapdiff fleet gate lake/ --before 1.4.0 --after 1.5.0

    LAKE is a directory or s3://BUCKET/PREFIX. Needs the extra fleet: pip install 'heapdiff[fleet]'.
    """
