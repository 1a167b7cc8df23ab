"""Every renderer over the hand-built findings; `python -m tests.render.documents` rewrites the gold files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from heapdiff.render.dot import render_dot
from heapdiff.render.findings import render_advice_markdown
from heapdiff.render.fleet.leaks import describe_leaks
from heapdiff.render.fleet.marking import mark_sheet
from heapdiff.render.fleet.printing import print_sheet
from heapdiff.render.json import render_json
from heapdiff.render.markdown import render_markdown
from heapdiff.render.terminal.advice import render_advice
from heapdiff.render.terminal.comparison import render_comparison
from heapdiff.render.terminal.console import render_text
from heapdiff.render.terminal.inventory import render_inventory
from heapdiff.render.terminal.several import render_answer
from heapdiff.render.terminal.tree import render_tree
from heapdiff.render.terminal.why import render_why
from tests.render import findings
from tests.render.fleet.leaks import fleet

GOLD = Path(__file__).with_name("gold")

DOCUMENTS: dict[str, Callable[[], str]] = {
    "leak.txt": lambda: render_text(lambda console: render_comparison(console, findings.leak())),
    "leak.md": lambda: render_markdown(findings.leak()),
    "leak.json": lambda: render_json("compare/1", findings.leak()),
    "fleet.txt": lambda: render_text(lambda console: print_sheet(console, describe_leaks(fleet(), 10))),
    "fleet.md": lambda: mark_sheet(describe_leaks(fleet(), 10)),
    "several.txt": lambda: render_text(lambda console: render_answer(console, findings.several())),
    "several.md": lambda: render_markdown(findings.several()),
    "several.json": lambda: render_json("comparisons/1", findings.several(), processes="compare/1"),
    "stable.txt": lambda: render_text(lambda console: render_comparison(console, findings.stable())),
    "stable.md": lambda: render_markdown(findings.stable()),
    "hostile.txt": lambda: render_text(lambda console: render_comparison(console, findings.hostile())),
    "hostile.md": lambda: render_markdown(findings.hostile()),
    "why.txt": lambda: render_text(lambda console: render_why(console, findings.why())),
    "tree.txt": lambda: render_text(lambda console: render_tree(console, findings.tree())),
    "inventory.txt": lambda: render_text(lambda console: render_inventory(console, findings.inventory())),
    "advice.txt": lambda: render_text(
        lambda console: render_advice(console, findings.advice(), everything=True)
    ),
    "advice.md": lambda: render_advice_markdown(findings.advice(), everything=True),
    "advice.json": lambda: render_json("advice/1", findings.advice()),
    "picture.dot": lambda: render_dot(findings.picture()),
    "hostile.dot": lambda: render_dot(findings.hostile_picture()),
}


def write_gold() -> None:
    GOLD.mkdir(exist_ok=True)
    for name, render in DOCUMENTS.items():
        (GOLD / name).write_text(render(), "utf-8")


if __name__ == "__main__":
    write_gold()
