"""`heapdiff fleet gate`: for CI."""

import click

from heapdiff.cli.fleet.asking import Asking, answer, asking_options, opened

SHOWN = 10


@click.command(short_help="Fail if a release leaks more than the one before.")
@asking_options(SHOWN, "holders", release=False)
@click.option("--before", required=True, metavar="RELEASE", help="The release to compare with.")
@click.option("--after", required=True, metavar="RELEASE", help="The release that may be worse.")
@click.option("--strict", is_flag=True, help="Also exit with 1 where too little was observed to tell.")
def gate(asking: Asking, before: str, after: str, strict: bool) -> None:
    """Exit with 1 if something leaks in release --after that didn't, or leaked less, in release --before.

    \b
      heapdiff fleet gate lake/ --before 1.4.0 --after 1.5.0
      heapdiff fleet gate lake/ --service shop --before 1.4.0 --after 1.5.0 --strict --format markdown

    Growth per request is compared at ages that workers of both releases have reached, and each worker is one observation: with
    few of them, only a large difference counts. Where there are too few, the answer is inconclusive, and says what is missing.
    """
    from dataclasses import replace

    from heapdiff.answers import GateVerdict
    from heapdiff.errors import UsageError
    from heapdiff.fleet.questions.gate import pass_gate
    from heapdiff.render.fleet.gating import describe_gate

    if before == after:
        raise UsageError("--before and --after are the same release", "Name two releases.")
    with opened(asking) as narrowed:
        found = pass_gate(narrowed, asking.name, before, after)
    shown = replace(found, rows=found.rows[: asking.limit or None]) if asking.form == "json" else found
    answer(asking, "gate/1", shown, SHOWN, describe_gate)
    failing = (GateVerdict.FAILED, GateVerdict.INCONCLUSIVE) if strict else (GateVerdict.FAILED,)
    if found.verdict in failing:
        raise click.exceptions.Exit(1)
