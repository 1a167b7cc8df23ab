"""`heapdiff fleet leaks`: which leaks there are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from heapdiff.cli.fleet.asking import Asking, answer, asking_options, opened
from heapdiff.cli.options import NamedPath

if TYPE_CHECKING:
    from heapdiff.fleet.judging.owners import Owners

SHOWN = 20
PLACES = ("CODEOWNERS", ".github/CODEOWNERS", "docs/CODEOWNERS")
OWNERS = click.option(
    "--owners",
    "owners_file",
    metavar="FILE",
    type=NamedPath(),
    help="Who owns which files, as in CODEOWNERS.  [default: CODEOWNERS here, in .github or docs]",
)


@click.command(short_help="List the fleet's leaks.")
@asking_options(SHOWN, "leaks")
@click.option("--all", "everything", is_flag=True, help="Also what turned out to be no leak, and why.")
@OWNERS
def leaks(asking: Asking, everything: bool, owners_file: Path | None) -> None:
    """List what leaks, heaviest first: how much, in how many workers, since which release, and how long until a limit.

    \b
      heapdiff fleet leaks lake/
      heapdiff fleet leaks lake/ --service shop --since 7d
      heapdiff fleet leaks s3://bucket/lake --all --format html -o leaks.html

    A leak is growth that goes on in the later part of workers' lives, over several intervals. A warm-up, a cache that fills,
    and what is seen only now and then are not: --all lists them with the reason.
    """
    from dataclasses import replace

    from heapdiff.fleet.questions.leaks import find_leaks
    from heapdiff.render.fleet.leaks import describe_leaks

    owners = read_owners(owners_file)
    with opened(asking) as narrowed:
        found = find_leaks(narrowed, asking.name, owners, everything)
    if asking.form == "json":
        found = replace(found, leaks=found.leaks[: asking.limit or None])
    answer(asking, "leaks/1", found, SHOWN, describe_leaks)


def read_owners(given: Path | None) -> Owners:
    """From the file that was named, else the first that is where such files are."""
    from heapdiff.errors import UsageError
    from heapdiff.fleet.judging.owners import MOST_BYTES, Owners, parse_owners

    path = given or next((Path(each) for each in PLACES if Path(each).is_file()), None)
    if path is None:
        return Owners()
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise UsageError(f"{path}: more than 3 MB of owners", "Name another file with --owners.")
    return parse_owners(content.decode("utf-8", "replace"), str(path))
