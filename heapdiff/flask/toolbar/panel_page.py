"""The page inside the panel. No script; every name in it is from the app's heap or from a client, and is escaped."""

import base64
import hashlib
from collections.abc import Iterable
from typing import Final

from markupsafe import Markup

from heapdiff.escaping import escape_terminal
from heapdiff.flask.toolbar.shelf import Visit
from heapdiff.flask.toolbar.sifting import Finding, HeldType, Left

MOST_ROWS: Final = 50
OPEN: Final = 3  # holders whose detail is shown at once
MOST_NAME: Final = 300
VIEWS: Final = {
    "request": "This request",
    "last": "Since the last one",
    "first": "Since the first one",
}
SPANS: Final = {
    "request": "This request",
    "last": "What ran since the last request that the panel looked at",
    "first": "What ran since the first request that the panel looked at",
}
STYLE: Final = """
:root { color-scheme: light dark; --line: #d5d5d8; --soft: #5c5f66; --mark: #f2f2f4; --link: #0b57d0 }
@media (prefers-color-scheme: dark) { :root { --line: #3c3f45; --soft: #a6abb3; --mark: #24272c; --link: #8ab4f8 } }
body { margin: 0; padding: 12px 16px; font: 14px/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
  background: Canvas; color: CanvasText }
h1 { font-size: 18px; margin: 8px 0 4px } h2 { font-size: 15px; margin: 20px 0 4px }
p { margin: 4px 0 } .soft { color: var(--soft) } a { color: var(--link) }
nav { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 8px 0 } nav [aria-current] { font-weight: 600 }
code { font: 13px/1.5 ui-monospace, monospace } ul { margin: 4px 0; padding-left: 20px }
details { border: 1px solid var(--line); border-radius: 6px; margin: 8px 0; padding: 0 10px }
summary { cursor: pointer; padding: 6px 0 } details > :last-child { margin-bottom: 10px }
table { border-collapse: collapse; width: 100% } th { text-align: left; color: var(--soft); font-weight: 500 }
td, th { padding: 3px 8px 3px 0; vertical-align: top; border-bottom: 1px solid var(--line) }
td + td, th + th { text-align: right; white-space: nowrap; padding-right: 0; padding-left: 8px }
.note { background: var(--mark); border-radius: 6px; padding: 6px 10px; margin: 6px 0 }
"""
HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY: Final = f"default-src 'none'; style-src 'sha256-{HASH}'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
UNITS: Final = ("B", "kB", "MB", "GB", "TB")


def size(number: float) -> str:
    """`1.23 kB`, as heapdiff's tables have it."""
    unit = 0
    while abs(number) >= 999.5 and unit < len(UNITS) - 1:
        number, unit = number / 1000, unit + 1
    digits = 0 if not unit or abs(number) >= 99.95 else 1 if abs(number) >= 9.995 else 2
    return f"{number:,.{digits}f} {UNITS[unit]}"


def visible(name: str) -> str:
    """A name with what can't be seen as an escape, cut to a length that a page can take. Not yet escaped for HTML."""
    return escape_terminal(name if len(name) <= MOST_NAME else f"{name[:MOST_NAME]}…")


def write_page(visit: Visit, since: str, found: Finding | None, problem: str = "") -> Markup:
    """The whole document: what was found, or why there is nothing."""
    body = (
        Markup("<p class=note>{}</p>").format(visible(problem))
        if found is None
        else _tell(visit, since, found)
    )
    return Markup(
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title>"
        '<meta name=viewport content="width=device-width, initial-scale=1"><style>{style}</style></head>'
        "<body><p class=soft><code>{request}</code> {endpoint}</p>{views}{body}</body></html>"
    ).format(
        title="What this request left behind",
        style=Markup(STYLE),
        request=visible(visit.request),
        endpoint=visible(visit.endpoint),
        views=_link_views(since),
        body=body,
    )


def _link_views(since: str) -> Markup:
    links = [
        Markup("<a href={}{}>{}</a>").format(
            name, Markup(" aria-current=page") if name == since else "", text
        )
        for name, text in VIEWS.items()
    ]
    return Markup("<nav>{}</nav>").format(Markup("").join(links))


def _tell(visit: Visit, since: str, found: Finding) -> Markup:
    return Markup("<h1>{}</h1>{}{}{}{}<h2>Memory now</h2>{}").format(
        _summarise(since, found),
        Markup("").join(Markup("<p class=note>{}</p>").format(note) for note in _notes(visit, since, found)),
        Markup("").join(_describe(each, number < OPEN) for number, each in enumerate(found.left[:MOST_ROWS])),
        _list_types(found.types) if len(found.left) > 1 else "",
        _list_lines(visit, found),
        _table(
            ("After this request", ""),
            [
                ("RSS", size(found.rss_now)),
                ("Python objects", size(found.bytes_now)),
                ("Number of Python objects", f"{found.objects_now:,}"),
            ],
        ),
    )


def _summarise(since: str, found: Finding) -> str:
    who = SPANS[since]
    if not found.left:
        return f"{who} left nothing behind."
    many = "object" if found.objects == 1 else "objects"
    return f"{who} left {found.objects:,} {many} behind: {size(found.bytes)}."


def _notes(visit: Visit, since: str, found: Finding) -> Iterable[str]:
    if since == "request" and visit.warm_up and found.left:
        yield (
            "It's the first request to this endpoint that the panel looked at. Such a request imports modules and fills "
            "caches; reload the page to see what each request leaves."
        )
    if visit.others:
        many = "1 other request" if visit.others == 1 else f"{visit.others:,} other requests"
        yield (
            f"{many} of this process ran at the same time. What they left is counted here, too: a snapshot is of the "
            "whole process."
        )
    if found.waiting > 0:
        many = "1 more object is" if found.waiting == 1 else f"{found.waiting:,} more objects are"
        yield f"{many} unreachable and waiting for the garbage collector. They aren't counted."


def _describe(left: Left, opened: bool) -> Markup:
    shown = ", ".join(f"{held.objects:+,} {held.type}" for held in left.types[:3] if held.objects)
    more = f", {len(left.types) - 3} more" if len(left.types) > 3 else ""
    return Markup(
        "<details{opened}><summary><code>{path}</code><br><span class=soft>{held}: {bytes}</span></summary>"
        "{types}<p class=soft>Kept alive by</p><ul>{chain}</ul>{lines}</details>"
    ).format(
        opened=Markup(" open") if opened else "",
        path=visible(left.path),
        held=visible(shown or left.path) + more,
        bytes=size(left.bytes),
        types=_table_types(left.types),
        chain=Markup("").join(
            Markup("<li>{} <code>{}</code> <span class=soft>{}</span></li>").format(
                visible(step), visible(name), visible(kind)
            )
            for step, name, kind in left.chain
        ),
        lines=_tell_lines(left.lines),
    )


def _tell_lines(lines: Iterable[tuple[str, int]]) -> Markup:
    rows = [Markup("<li><code>{}</code></li>").format(visible(site)) for site, _ in lines]
    return (
        Markup("<p class=soft>Allocated at</p><ul>{}</ul>").format(Markup("").join(rows))
        if rows
        else Markup("")
    )


def _list_types(types: tuple[HeldType, ...]) -> Markup:
    return Markup("<details><summary>By type: {:,} types</summary>{}</details>").format(
        len(types), _table_types(types)
    )


def _table_types(types: tuple[HeldType, ...]) -> Markup:
    rows = [(held.type, f"{held.objects:+,}", size(held.bytes)) for held in types[:MOST_ROWS]]
    return _table(("Type", "Objects", "Bytes"), rows)


def _list_lines(visit: Visit, found: Finding) -> Markup:
    if not found.left:
        return Markup("")
    if found.lines:
        table = _table(
            ("Line", "Bytes, estimated"), [(site, size(weight)) for site, weight in found.lines[:MOST_ROWS]]
        )
        return Markup("<h2>Lines that allocated it</h2>{}").format(table)
    why = visit.unsampled or (
        "No sample says it for certain. One allocation in 512 bytes is sampled on average, or as HEAPDIFF_SAMPLE says."
    )
    return Markup("<h2>Lines that allocated it</h2><p>{}</p>").format(visible(why))


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Markup:
    cells = Markup("").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(Markup("<td>{}</td>").format(visible(cell)) for cell in row)
        )
        for row in rows
    )
    heads = Markup("").join(Markup("<th>{}</th>").format(each) for each in head)
    return Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(heads, cells)
