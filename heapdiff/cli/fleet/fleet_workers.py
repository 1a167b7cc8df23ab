"""`heapdiff fleet workers`: which workers are near their limit."""

import click

from heapdiff.cli.fleet.asking import Asking, answer, asking_options, opened

SHOWN = 20


@click.command(short_help="List workers by how soon they reach their limit.")
@asking_options(SHOWN, "workers")
@click.option("--all", "ended", is_flag=True, help="Also workers not seen for a day.")
def workers(asking: Asking, ended: bool) -> None:
    """List the workers by how soon they reach their memory limit, with what grows most in each.

    \b
      heapdiff fleet workers lake/ --service shop
    """
    from dataclasses import replace

    from heapdiff.fleet.questions.workers import find_workers
    from heapdiff.render.fleet.running import describe_workers

    with opened(asking) as narrowed:
        found = find_workers(narrowed, asking.name, ended)
    if asking.form == "json":
        found = replace(found, workers=found.workers[: asking.limit or None])
    answer(asking, "workers/1", found, SHOWN, describe_workers)
