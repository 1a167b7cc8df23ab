"""A comparison as Markdown for a bug report.

Names stand in code spans, so that none can be markup. So do words in sentences that are no plain words: where reports are
read, a bare address becomes a link, `@name` calls somebody and `#1` points at an issue, and only code is left alone.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len

from heapdiff.answers import Comparison, Comparisons, Suspect, TypeGrowth, Verdict
from heapdiff.render.amounts import cost, count, duration, moment, plural, signed, signed_size, size
from heapdiff.render.code import tell_putters
from heapdiff.render.escape import escape_terminal, shorten

MAX_NAME = 120
MAX_SENTENCE = 800
MIN_FENCE = 3
MAX_PADDED = 60
PIPE = re.compile(r"(\\?)\|")
OPEN, CLOSE = r"('\"", r")'\",.:;?!…"
PIECE = re.compile(rf"([{OPEN}]*)(?:`([^`]+)`|(\S+?))([{CLOSE}]*)(?!\S)")  # what we marked as code, or a word
PLAIN = re.compile(
    r"[^\W_]+(?:['\u2019-][^\W\d_]+)*"  # a word
    r"|[+-]?\d{1,3}(?:,\d{3})*(?:\.\d+)?%?|\d{4}-\d\d-\d\d|\d\d:\d\d(?::\d\d)?"  # an amount, a date, a time
    r"|[^\w\s|`]+"  # a sign
)
HASH = re.compile(r"[0-9a-f]{7,}", re.IGNORECASE)
SPECIAL = re.compile(r"[]\\*_#<>~&@$^{}[]")
START = re.compile(r"^(\d+(?=[.)](?:\s|$))|(?=[+=-]))(.)")


def render_markdown(answer: Comparison | Comparisons, limit: int | None = 10) -> str:
    """The document: verdict, snapshots, at most `limit` suspects and types, memory, notes; of several processes what they
    share, then each by itself.
    """
    lines = _lines(answer, limit) if isinstance(answer, Comparison) else _lines_of_all(answer, limit)
    return "\n".join(lines).rstrip() + "\n"


def escape_markdown(text: str) -> str:
    """A sentence in which nothing is markup, and nothing a link, a mention or the number of an issue.

    What is no plain word is a code span; punctuation that Markdown or HTML reads is escaped.
    """
    pieces = (_piece(*match.groups()) for match in PIECE.finditer(shorten(text, MAX_SENTENCE)))
    return START.sub(r"\1\\\2", " ".join(pieces))


def _piece(before: str, marked: str | None, word: str, after: str) -> str:
    if marked is not None:
        return f"{before}{code(marked)}{after}"
    plain = PLAIN.fullmatch(word) and not HASH.fullmatch(word)
    return f"{before}{SPECIAL.sub(_backslash, word) if plain else code(word)}{after}"


def code(name: str, limit: int = MAX_NAME) -> str:
    """A name as a code span whose fence is longer than any run of backticks in it."""
    shown = shorten(name, limit).strip() or " "
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    blank = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{blank}{shown}{blank}{fence}"


def _backslash(match: re.Match[str]) -> str:
    return f"\\{match[0]}"


def _pipe(match: re.Match[str]) -> str:
    """A pipe in a cell, inside a code span too. What a backslash before it means, readers of Markdown disagree on."""
    return r"\\x7c" if match[1] else r"\|"


def _lines(comparison: Comparison, limit: int | None) -> Iterator[str]:
    yield from _verdict(comparison.verdict)
    yield from table(
        ("Snapshot", "Captured", ">PID", ">Objects", ">Bytes", ">RSS", ">Requests"),
        (
            (
                " ".join(filter(None, (code(snapshot.id), escape_markdown(snapshot.label or "")))),
                escape_markdown(moment(snapshot.captured_at)),
                str(snapshot.pid),
                count(snapshot.objects),
                size(snapshot.bytes),
                size(snapshot.rss_bytes),
                "-" if snapshot.requests is None else count(snapshot.requests),
            )
            for snapshot in comparison.snapshots
        ),
    )
    if len(comparison.snapshots) > 1 and comparison.same_process:
        time = duration(comparison.snapshots[0].captured_at, comparison.snapshots[-1].captured_at)
        if time:
            yield f"Time between the first and the last: {time}."
            yield ""
    for suspect in comparison.suspects[:limit]:
        yield from _suspect(suspect)
    yield from _rest(len(comparison.suspects) - len(comparison.suspects[:limit]), "suspect")
    if comparison.advice:
        yield "### What these could do without"
        yield ""
        for finding in comparison.advice:
            amounts = cost(finding.bytes, finding.share, finding.saves_bytes)
            yield f"- {escape_markdown(': '.join(filter(None, (finding.title, amounts))))}"
        yield ""
    if comparison.types:
        yield "### Types"
        yield ""
        yield from _types(comparison.types[:limit])
        yield from _rest(len(comparison.types) - len(comparison.types[:limit]), "type")
    if comparison.memory:
        yield "### Memory"
        yield ""
        yield from table(
            ("Memory", ">Before", ">After", ">Change"),
            (
                (escape_markdown(term.name), size(term.before), size(term.after), signed_size(term.delta))
                for term in comparison.memory
            ),
        )
    for note in comparison.notes:
        yield f"- {escape_markdown(note)}"
    if comparison.commands:
        yield ""
        yield from block([escape_terminal(command) for command in comparison.commands])


def _lines_of_all(comparisons: Comparisons, limit: int | None) -> Iterator[str]:
    yield from _verdict(comparisons.verdict)
    if shown := comparisons.shared[:limit]:
        yield from table(
            ("Growing in several", "Newly holds", ">Processes", ">Bytes", ">Per request", "Confidence"),
            (
                (
                    code(leak.path),
                    code(leak.held) if leak.held else "-",
                    f"{len(leak.processes)} of {len(comparisons.processes)}",
                    signed_size(leak.bytes_delta),
                    "-" if leak.bytes_per_request is None else size(leak.bytes_per_request),
                    leak.confidence.value,
                )
                for leak in shown
            ),
        )
        yield from _rest(len(comparisons.shared) - len(shown), "shared holder")
    for note in comparisons.notes:
        yield f"- {escape_markdown(note)}"
    for comparison in comparisons.processes:
        last = comparison.snapshots[-1]
        yield ""
        yield f"## PID {last.pid} on {code(last.host)}"
        yield ""
        yield from _lines(comparison, limit)


def _verdict(verdict: Verdict) -> Iterator[str]:
    yield f"**{verdict.kind.value.upper()}**: {escape_markdown(verdict.text)}"
    yield ""


def _suspect(suspect: Suspect) -> Iterator[str]:
    holder = suspect.holder
    yield f"### {suspect.rank}. {code(holder.path)}"
    yield ""
    length = ""
    if holder.length_before is not None and holder.length_after is not None:
        length = f", {count(holder.length_before)} → {plural(holder.length_after, 'entry/entries')}"
    if suspect.entries.count_delta and suspect.entries.retained_bytes_each:
        length += f", {size(suspect.entries.retained_bytes_each)} per new entry"
    known = f"{escape_markdown(holder.known_as)}, " if holder.known_as else ""
    kind = holder.kind.value.replace("-", " ")
    yield f"{known}{code(holder.type)}, {kind}{length}; confidence **{suspect.confidence.value}**."
    if suspect.reason:
        yield escape_markdown(suspect.reason)
    yield ""
    if suspect.witness:
        yield escape_markdown(suspect.witness)
        yield ""
    per_request = (
        "" if suspect.bytes_per_request is None else f", {size(suspect.bytes_per_request)} per request"
    )
    per_request += "".join(
        f", {size(each)} per call of {code(name)}" for name, each in (suspect.bytes_per_call or {}).items()
    )
    native = (
        f", {signed_size(suspect.native_bytes_delta)} of native memory with it"
        if suspect.native_bytes_delta
        else ""
    )
    yield (
        f"Growth: {signed(suspect.objects_delta)} objects, "
        f"{signed_size(suspect.bytes_delta)}{per_request}{native}."
    )
    yield ""
    yield from table(
        ("Newly holds", ">Objects", ">Bytes"),
        (
            (code(held.type), signed(held.count_delta), signed_size(held.bytes_delta))
            for held in suspect.holds
        ),
    )
    if suspect.chain:
        yield "Held by: " + " → ".join(
            f"{escape_markdown(step.step)} {code(step.name)}" for step in suspect.chain
        )
        yield ""
    if suspect.code:
        yield f"- {escape_markdown(tell_putters(suspect.code))}"
    for advice in suspect.advice:
        yield f"- {escape_markdown(advice)}"
    yield f"- fingerprint {code(suspect.fingerprint)}"
    yield ""


def _types(types: Sequence[TypeGrowth]) -> Iterator[str]:
    yield from table(
        ("Type", ">Before", ">After", ">Objects", ">Bytes"),
        (
            (
                code(growth.type),
                count(growth.count_before),
                count(growth.count_after),
                signed(growth.count_delta),
                signed_size(growth.bytes_delta),
            )
            for growth in types
        ),
    )


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Headings that start with `>` stand right. A pipe in a cell is escaped, also inside a code span.

    Cells are padded, for who reads it as text; what is wider than most names are sticks out.
    """
    right = [heading.startswith(">") for heading in headings]
    shown = [[PIPE.sub(_pipe, cell) for cell in row] for row in rows]
    lines = [[heading.removeprefix(">") for heading in headings], *shown]
    widths = [
        max((cell_len(cell) for cell in column if cell_len(cell) <= MAX_PADDED), default=0)
        for column in zip(*lines, strict=True)
    ]
    rule = "|".join(
        "-" * max(width + 1, 2) + (":" if at else "-") for width, at in zip(widths, right, strict=True)
    )
    head, *body = (_row(line, widths, right) for line in lines)
    yield from (head, f"|{rule}|", *body, "")


def _row(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = (
        f"{blank}{cell}" if at else f"{cell}{blank}"
        for cell, width, at in zip(cells, widths, right, strict=True)
        for blank in (" " * (width - cell_len(cell)),)
    )
    return f"| {' | '.join(padded)} |"


def block(lines: Sequence[str]) -> Iterator[str]:
    """Lines to copy. Indented ones would be a paragraph of the list before them."""
    longest = max(len(run) for line in lines for run in ("", *re.findall("`+", line)))
    fence = "`" * max(MIN_FENCE, longest + 1)
    yield from (fence, *lines, fence)


def _rest(hidden: int, noun: str) -> Iterator[str]:
    if hidden > 0:
        yield f"… and {plural(hidden, f'more {noun}')}."
        yield ""
