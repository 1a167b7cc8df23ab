"""`heapdiff fleet releases`: memory by release."""

import click

from heapdiff.cli.fleet.asking import Asking, answer, asking_options, opened

SHOWN = 20


@click.command(short_help="Compare memory by release, and which leaks came and went.")
@asking_options(SHOWN, "releases")
def releases(asking: Asking) -> None:
    """List each service's releases: resident memory at like age, its growth, and the leaks that came and went with each.

    \b
      heapdiff fleet releases lake/ --since 30d
    """
    from dataclasses import replace

    from heapdiff.fleet.questions.releases import find_releases
    from heapdiff.render.fleet.running import describe_releases

    with opened(asking) as narrowed:
        found = find_releases(narrowed, asking.name)
    if asking.form == "json" and asking.limit:
        found = replace(found, releases=found.releases[-asking.limit :])
    answer(asking, "releases/1", found, SHOWN, describe_releases)
