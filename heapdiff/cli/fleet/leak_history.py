"""`heapdiff fleet show`: one leak in full."""

from __future__ import annotations

from pathlib import Path

import click

from heapdiff.cli.fleet.asking import Asking, answer, asking_options, opened
from heapdiff.cli.fleet.leaks import OWNERS, read_owners

SHOWN = 10


@click.command(short_help="Show one leak: by release, by day, in which workers.")
@asking_options(SHOWN, "days and workers")
@click.argument("fingerprint", metavar="FINGERPRINT")
@OWNERS
def show(asking: Asking, fingerprint: str, owners_file: Path | None) -> None:
    """Show one leak by release, by day, and in the workers that it costs most.

    \b
      heapdiff fleet show lake/ 3f9c01d2

    FINGERPRINT is what `leaks` lists as Id, or how it begins.
    """
    from heapdiff.fleet.questions.history import find_history
    from heapdiff.render.fleet.history import describe_history

    owners = read_owners(owners_file)
    with opened(asking) as narrowed:
        found = find_history(narrowed, asking.name, fingerprint, owners)
    answer(asking, "leak/1", found, SHOWN, describe_history)
