"""Who keeps the objects that the user named, as text."""

from rich.console import Console

from heapdiff.answers import Cut, Why
from heapdiff.render.amounts import plural, size
from heapdiff.render.code import tell_putters
from heapdiff.render.terminal.chain import print_chain
from heapdiff.render.terminal.console import line, paragraph, print_notes, print_rest


def render_why(console: Console, why: Why, limit: int | None = 10) -> None:
    """Print the paths, most common first, at most `limit` of them."""
    head = f"{why.what}: {plural(why.objects, 'object')}, {size(why.bytes)}"
    ways = (
        f", kept alive by {plural(len(why.paths), 'path')}" if why.paths else ", not reachable from any root"
    )
    paragraph(console, line(head + ways, "bold"))
    if why.witness:
        paragraph(console, line(why.witness))
    for number, path in enumerate(why.paths[:limit], 1):
        console.print()
        paragraph(console, line(path.path, "bold cyan"), f"{number}  ")
        many = f"{plural(path.merged, 'object')} like this, for example " if path.merged > 1 else ""
        held = "" if path.value is None else f" {path.value}"
        paragraph(console, line(f"{many}{path.address} {path.type}{held}", "dim"), "   ")
        if path.chain:
            print_chain(console, path.chain, indent=3)
        if path.cut is not None:
            paragraph(console, line(_describe(path.cut)), "   ")
        if number == 1 and why.code:
            paragraph(console, line(tell_putters(why.code)), "   ")
    hidden = len(why.paths) - len(why.paths[:limit])
    if hidden:
        console.print()
        print_rest(console, hidden, "path")
    print_notes(console, why.notes)


def _describe(cut: Cut) -> str:
    if cut.freed_bytes:
        return f"clearing {cut.path} would free {size(cut.freed_bytes)}"
    return f"clearing {cut.path} alone frees nothing; something else also holds it"
