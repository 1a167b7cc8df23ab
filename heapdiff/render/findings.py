"""What a worker could do without, as Markdown for an issue or a pull request."""

from collections.abc import Iterator

from heapdiff.answers import Advice, Finding
from heapdiff.escaping import escape_terminal
from heapdiff.render.amounts import plural, size
from heapdiff.render.markdown import block, code, escape_markdown, table


def render_advice_markdown(advice: Advice, everything: bool = False, limit: int | None = 10) -> str:
    """The headlines, or everything: first as a table, then each with its change; at most `limit` findings."""
    return "\n".join(_lines(advice, everything, limit)).rstrip() + "\n"


def _lines(advice: Advice, everything: bool, limit: int | None) -> Iterator[str]:
    found = [each for each in advice.findings if each.headline or everything]
    latest = advice.snapshots[-1]
    yield f"**{plural(len(found), 'finding')}** about PID {latest.pid}, heap {size(latest.bytes)}, RSS {size(latest.rss_bytes)}."
    yield ""
    shown = found[:limit]
    if shown:
        yield from table(
            ("Finding", "Where", ">Bytes", ">Share", ">Saves", "Sure"),
            (
                (
                    escape_markdown(each.title),
                    code(each.holder) if each.holder else "-",
                    size(each.bytes),
                    f"{100 * each.share:.1f} %" if each.share else "-",
                    "-" if each.saves_bytes is None else size(each.saves_bytes),
                    each.confidence.value,
                )
                for each in shown
            ),
        )
    for number, finding in enumerate(shown, 1):
        yield from _finding(number, finding)
    if len(found) > len(shown):
        yield f"… and {plural(len(found) - len(shown), 'more finding')}."
        yield ""
    for note in advice.notes:
        yield f"- {escape_markdown(note)}"


def _finding(number: int, finding: Finding) -> Iterator[str]:
    yield f"### {number}. {escape_markdown(finding.title)}"
    yield ""
    if finding.example:
        yield f"For example: {escape_markdown(finding.example)}"
        yield ""
    yield f"**Change:** {escape_markdown(finding.change)}"
    yield ""
    if finding.code:
        yield from block([escape_terminal(text) for text in finding.code])
        yield ""
    if finding.check:
        yield f"**Check:** {escape_markdown(finding.check)}"
        yield ""
    if finding.reason:
        yield f"Sure: {finding.confidence.value}. {escape_markdown(finding.reason)}"
        yield ""
