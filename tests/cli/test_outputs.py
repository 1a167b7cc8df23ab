"""Whatever the names in a snapshot, a file's name or an argument are: no output steers a terminal, or is markup."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from itertools import cycle
from pathlib import Path
from unicodedata import category

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from heapdiff.format import EdgeKind, RootKind
from heapdiff.graph.heap import HeapGraph
from heapdiff.model import GraphFile
from tests.builder import GraphBuilder
from tests.cli.command import Done, run
from tests.heapfiles import summarize, write_heap

PIECES = (
    "\x1b]52;c;aGVsbG8=\x07", "\x1b]8;;http://evil.example/\x1b\\click\x1b]8;;\x1b\\", "\x1b[2J\x1b[31m", "\x1b]0;owned\x07",
    "\x9b31m", "\x9d52;c;aGk=\x9c", "\x85", "\x7f", "\x08\x08", "\0", "\n", "\r", "\r\n", "\t", "\x0b\x0c",
    "\u202egnp.exe", "\u2066x\u2069", "\u200f", "\u061c", "\u2028", "\u2029", "\u200b\u00ad\u2060\ufeff", "\u3164\uffa0\u2800",
    "\U000e0041\U000e0042", "a\ufe01\ufe02\U000e0100", "\u0301\u0301\u0301\u0301", "\ud800", "\udc9b", "\ufffe", "\ue000",
    "[red]x[/red]", "[link=http://evil.example]x[/link]", ":smile:", "\nheapdiff: forged",
    "@octocat", "#1", "GH-12", "octo/repo#3", "PROJ-7", "https://evil.example/x", "www.evil.example", "mail@evil.example",
    "0123456789abcdef0123456789abcdef01234567", "<img src=x>", "<script>alert(1)</script>", "&lt;b&gt;", "[x](http://evil.example)",
    "![x](http://evil.example/x)", "|", "\\|", "\\\\|", "`", "``", "`a b`", "\\N\\G", "**b**", "_i_", "~~s~~", "$m$", "# h",
    "1. x",
    " ", "    ", "ä", "中文", "😀", "\u2764\ufe0f", "shop.Session",
)  # fmt: skip
EXAMPLES = int(os.environ.get("HEAPDIFF_EXAMPLES", "3"))
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)  # each example runs forty commands
NAMES = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), min_size=1, max_size=5).map("".join)
INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
LINKABLE = re.compile(
    r"@\w|#\d|://|www\.|\bGH-\d|\b[A-Z]+-\d|\w@\w|\b[0-9a-f]{7,40}\b|(?<!\d):\w+:|[!$%~^&]\w|\w\.[^\W\d]",
    re.IGNORECASE,
)
MARKDOWN = MarkdownIt("commonmark").enable("table")
BLOCKS = {
    *(f"{name}_{end}" for end in ("open", "close") for name in (
        "paragraph", "heading", "table", "thead", "tbody", "tr", "th", "td", "bullet_list", "list_item", "strong"
    )),
    "inline", "text", "code_inline", "softbreak", "fence",
}  # fmt: skip


def graph_of(names: Iterator[str], held: int) -> HeapGraph:
    """A module whose list keeps `held` objects; every name in it is the next one."""
    made = GraphBuilder()
    module, globals_ = made.add_object("module", name=next(names)), made.add_object("dict")
    made.add_root(RootKind.MODULE, next(names), module)
    made.add_edge(module, globals_, EdgeKind.INTERNAL, name="md_dict")
    holder, inner = made.add_object(f"app.{next(names)}", key="holder"), made.add_object("list", key="inner")
    made.add_global(globals_, next(names), holder)
    made.add_edge(holder, inner, EdgeKind.ATTRIBUTE, name=next(names))
    kept, attribute = f"shop.{next(names)}T", next(names)
    frame = made.add_object("frame", name=next(names), key="frame")
    made.add_root(RootKind.THREAD, next(names), frame)
    made.add_edge(frame, holder, EdgeKind.LOCAL, name=next(names))
    for at in range(held):
        thing, text = (
            made.add_object(kept, key=f"thing {at}", size=5000),
            made.add_object("str", key=f"text {at}"),
        )
        made.add_edge(inner, thing, EdgeKind.ELEMENT, index=at)
        made.add_edge(thing, text, EdgeKind.ATTRIBUTE, name=attribute)
    return made.build()


def write(folder: Path, number: int, planted: list[str], pid: int = 4242, stem: str = "") -> Path:
    """Both files of a snapshot; whatever can be text in them is the next name, in each snapshot the same one."""
    names = cycle(planted)
    graph = graph_of(names, 20 * number)
    plain = summarize(graph)
    process = replace(
        plain.process, pid=pid, host=next(names), argv=(next(names),), server=next(names), started_at="",
        requests=100 * number,
    )  # fmt: skip
    summary = replace(
        plain, id=f"{number}{as_argument(next(names))}", label=next(names), trigger=next(names), heapdiff=next(names),
        process=process,
        captured_at=f"2026-11-22T14:{number:02}:07.123456Z", memory=replace(plain.memory, allocator={next(names): 1}),
    )  # fmt: skip
    path = folder / f"{stem or number}.json"
    heap = path.with_suffix(".heap")
    totals = write_heap(graph, heap, summary)
    file = GraphFile(heap.name, totals.file_bytes, totals.crc32)
    capture = replace(summary.capture, references=totals.references)
    content = {"schema": "snapshot/1", **asdict(replace(summary, graph=file, capture=capture))}
    path.write_text(json.dumps({**content, "notes": [next(names), next(names)]}))
    return path


def as_argument(name: str) -> str:
    """What a shell could hand over as an argument."""
    return os.fsdecode(name.replace("\0", "").encode("utf-8", "backslashreplace")) or "x"


def as_file(name: str) -> str:
    return as_argument(name).replace("/", "-")[:40].strip(".") or "x"


def answers(folder: Path, names: list[str]) -> Iterator[tuple[str, Done]]:
    """Every command in every format that reads snapshots, of files and of a directory of them."""
    first, second, other = (write(folder, at, names, pid) for at, pid in ((1, 4242), (2, 4242), (3, 7)))
    odd = folder / as_file(names[0])
    odd.mkdir()
    write(odd, 4, names, stem=as_file(names[-1]))
    write(odd, 5, names, stem=f"{as_file(names[-1])}x")
    for form in ("table", "json"):
        for by in ("type", "holder", "module", "package", "distribution"):
            yield form, run("show", second, "--by", by, "--format", form)
        yield form, run("tree", second, "--format", form)
        yield form, run("why", second, "list", "--format", form)
        yield form, run("ps", "--dir", odd, "--format", form)
        yield form, run("doctor", "--dir", odd, "--format", form)
    for form in ("table", "json", "markdown"):
        yield form, run("compare", first, second, "--format", form)
        yield form, run("compare", first, second, other, "--format", form)
        yield form, run("compare", second, other, "--format", form)
        yield form, run("compare", odd, "--format", form)
    yield "table", run("show", second, "--by", "holder", "--retained", "-n", "0")
    yield "table", run("show", odd)
    yield "table", run("dump", second)
    yield "table", run("redact", first, "-o", folder / f"r{as_file(names[-1])}.json")
    yield "table", run("graph", second, "--since", first, "-o", folder / f"g{as_file(names[-1])}.dot")
    yield "table", run("report", second, "-o", folder / f"p{as_file(names[-1])}.html")
    yield "table", run("graph", odd, "--since", first, "-o", folder / "g.dot")
    yield (
        "table",
        run("export", second, "--to", "chrome", "-o", folder / f"c{as_file(names[-1])}.heapsnapshot"),
    )


def refusals(folder: Path, names: list[str]) -> Iterator[Done]:
    """What it says of names that it cannot find or use."""
    second, odd, word = folder / "2.json", folder / as_file(names[0]), f"zz{as_argument(names[0])}"
    for wrong in (
        ("show", word), ("show", second, "--by", word), ("why", second, word), ("tree", second, "--from", word),
        ("graph", second, "--type", word, "-o", folder / "w.dot"), ("graph", second, "-o", folder / "w.dot", "--holder", word),
        ("compare", odd / word), (word,), ("snapshot", word),
        ("snapshot", "--all", "--dir", odd),
    ):  # fmt: skip
        yield run(*wrong)


def is_harmless(text: str) -> bool:
    """Nothing but what is seen, and ends of lines."""
    text = re.sub("\u2764\ufe0f", "", text)
    return not INVISIBLE.search(text) and all(each in "\n " or category(each)[0] not in "CZ" for each in text)


def loose_text(document: str) -> Iterator[str]:
    """The text of a Markdown document outside of code; anything else than blocks of ours is an error."""
    for token in MARKDOWN.parse(document):
        for each in (token, *(token.children or ())):
            assert each.type in BLOCKS, (each, document)
            if each.type == "text":
                yield each.content


@settings(max_examples=EXAMPLES, phases=UNSHRUNK)
@example(list(PIECES))
@given(st.lists(NAMES, min_size=1, max_size=12))
def test_no_output_of_any_command_steers_a_terminal_or_is_markup(names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as made:
        for form, done in answers(Path(made), names):
            assert done.exit_code == 0, done.stderr
            assert is_harmless(done.stdout), done.stdout
            assert is_harmless(done.stderr), done.stderr
            if form == "json":
                assert done.stdout.isascii()
                json.loads(done.stdout)
            if form == "markdown":
                assert not [text for text in loose_text(done.stdout) if LINKABLE.search(text)], done.stdout
        drawn = list(Path(made).glob("*.dot"))
        assert len(drawn) == 2
        assert all(is_harmless(path.read_text()) for path in drawn)
        (page,) = Path(made).glob("*.html")
        assert is_harmless(page.read_text().partition("<body>")[2].partition("<script>")[0])
        for done in refusals(Path(made), names):
            assert done.exit_code in (2, 3, 4), done.stderr
            assert not done.stdout
            assert is_harmless(done.stderr), done.stderr
            assert len(done.complaint) == 2, done.stderr


@settings(max_examples=-(-EXAMPLES // 4), phases=UNSHRUNK)
@given(st.lists(NAMES.map("{}\n".format), min_size=1, max_size=6))
def test_a_name_breaks_no_line(names: list[str]) -> None:
    """With carriage returns in place of its newlines each output has as many lines."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        apart = answers(Path(one), names)
        together = answers(Path(two), [name.replace("\n", "\r") for name in names])
        for (_, done), (_, expected) in zip(apart, together, strict=True):
            assert len(done.stdout.split("\n")) == len(expected.stdout.split("\n"))
            assert len(done.stderr.split("\n")) == len(expected.stderr.split("\n"))


@pytest.mark.parametrize("name", ["größe", "中文", "😀 party", "\u2764\ufe0f", "نام", "naïve"])
def test_an_honest_name_stays_readable(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, 1, [name])
    assert f"shop.{name}T" in run("show", path).stdout
    assert f"`{name}`" in run("compare", path, write(tmp_path, 2, [name]), "--format", "markdown").stdout


def test_json_holds_a_name_to_the_letter(tmp_path: Path) -> None:
    name = "\x1b]0;owned\x07\n\u202e\x7f\x9bü[red]"
    path = write(tmp_path, 1, [name])
    rows = json.loads(run("show", path, "--format", "json").stdout)["rows"]
    assert f"shop.{name}T" in [row["name"] for row in rows]
