"""What a worker could do without, as text: one block per finding, headlines first."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Console
from rich.text import Text

from heapdiff.answers import Advice, Confidence, Finding
from heapdiff.render.amounts import cost, moment, plural, size
from heapdiff.render.terminal.console import line, paragraph, print_notes, print_rest

STYLES = {Confidence.HIGH: "green", Confidence.MEDIUM: "yellow", Confidence.LOW: "dim"}
LABEL_WIDTH = 9


def render_advice(console: Console, advice: Advice, everything: bool = False, limit: int | None = 10) -> None:
    """Print the headlines, or everything, at most `limit` findings (None: all of them)."""
    found = [each for each in advice.findings if each.headline or everything]
    latest = advice.snapshots[-1]
    head = plural(len(found), "finding") if found else "Nothing worth changing was found."
    facts = f"  PID {latest.pid}, {moment(latest.captured_at)}, heap {size(latest.bytes)}, RSS {size(latest.rss_bytes)}"
    paragraph(console, Text.assemble(line(head, "bold"), line(facts, "dim")))
    shown = found[:limit]
    for first, alike in gather(shown):
        console.print()
        if len(alike) == 1:
            _print_finding(console, first, alike[0])
        else:
            _print_alike(console, first, alike)
    if len(found) > len(shown):
        console.print()
        print_rest(console, len(found) - len(shown), "finding")
    hidden = len(advice.findings) - len(found)
    if hidden:
        console.print()
        paragraph(console, line(f"{plural(hidden, 'smaller finding')} or hints not shown: --all", "dim"))
    print_notes(console, advice.notes)


def gather(findings: Sequence[Finding]) -> Iterator[tuple[int, list[Finding]]]:
    """Hints in a row that only tell what is there are one entry if they say the same of it, with the number of the first."""
    first = 1
    for _, found in groupby(enumerate(findings), lambda each: _advised(*each)):
        alike = [finding for _, finding in found]
        yield first, alike
        first += len(alike)


def _advised(number: int, finding: Finding) -> tuple[object, ...]:
    if finding.headline or finding.saves_bytes is not None:
        return (number,)
    return finding.rule, finding.change, finding.confidence, finding.reason


def _print_alike(console: Console, first: int, findings: Sequence[Finding]) -> None:
    """What each is about, then once what to do, with the first's code."""
    indent = " " * len(f"{first + len(findings) - 1}. ")
    for number, finding in enumerate(findings, first):
        paragraph(console, line(finding.title, "bold cyan"), f"{number}. ".ljust(len(indent)))
        facts = filter(None, (cost(finding.bytes, finding.share, None), finding.example))
        paragraph(console, line("; ".join(facts), "dim"), indent)
    _print_advice(console, indent, findings[0])


def _print_finding(console: Console, number: int, finding: Finding) -> None:
    first = f"{number}. "
    indent = " " * len(first)
    paragraph(console, line(finding.title, "bold cyan"), first)
    if finding.bytes or finding.saves_bytes:
        paragraph(console, line(cost(finding.bytes, finding.share, finding.saves_bytes)), indent)
    if finding.holder:
        _print_row(console, indent, "where", line(finding.holder))
    if finding.example:
        _print_row(console, indent, "example", line(finding.example, "dim"))
    _print_advice(console, indent, finding)


def _print_advice(console: Console, indent: str, finding: Finding) -> None:
    _print_row(console, indent, "change", line(finding.change))
    for text in finding.code:
        _print_code(console, indent + " " * (LABEL_WIDTH + 2), text)
    if finding.check:
        _print_row(console, indent, "check", line(finding.check))
    sure = Text.assemble(line(finding.confidence.value, STYLES[finding.confidence]))
    if finding.reason:
        sure = Text.assemble(sure, ": ", line(finding.reason))
    _print_row(console, indent, "sure", sure)
    _print_row(console, indent, "page", line(finding.page, "dim"))


def _print_code(console: Console, indent: str, text: str) -> None:
    """Cut where the terminal ends rather than reflowed, and not one character lost."""
    width = max(console.width - len(indent), 1)
    code = line(text, "green")
    for part in code.divide(range(width, len(code), width)):
        console.print(Text(indent) + part, no_wrap=True, overflow="crop")


def _print_row(console: Console, indent: str, label: str, text: Text) -> None:
    paragraph(console, text, indent + label.ljust(LABEL_WIDTH), indent + " " * LABEL_WIDTH)
