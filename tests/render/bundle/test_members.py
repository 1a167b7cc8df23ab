"""What a bundle holds is ours by name, inert whatever names it shows, and complete where nothing can draw."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from heapdiff.answers import Report
from heapdiff.errors import MissingToolError
from heapdiff.render.bundle.members import Members, gather_members
from heapdiff.render.bundle.zipped import date_of, zip_members
from tests.heapfiles import summarize
from tests.heaps import heap
from tests.render import findings
from tests.render.test_dot import DRAWN, SVG

EVIL = f"=cmd()|'/c calc'!A1 {findings.HOSTILE}{'x' * 10_000}"
CONTROL = set(map(chr, (*range(32), *range(0x7F, 0xA0), *range(0x202A, 0x202F), 0x2066))) - {"\n"}
PARSER = MarkdownIt("commonmark").enable("table")


def gather(evil: str = EVIL) -> Members:
    """One suspect, everything about which has a hostile name."""
    answer = findings.hostile()
    first = replace(answer.suspects[0], holder=replace(answer.suspects[0].holder, path=evil))
    answer = replace(answer, suspects=(first,))
    summary = summarize(heap("shop.A: dict"))
    summary = replace(summary, heapdiff=evil, process=replace(summary.process, python=evil, server=evil))
    picture = replace(findings.hostile_picture(), title=evil)
    summaries = (summary,) * len(answer.snapshots)
    report = Report(
        answer.snapshots, summaries, answer, (answer.memory,) * 2, answer.types, pictures=(picture,)
    )
    return gather_members(answer, (report,), 10, "names, and no values")


@pytest.mark.process
def test_hostile_names_are_inert_in_every_file() -> None:
    found = gather().files
    for name in ("leak.md", "chain-1.dot", "chain-1.svg", "compare.json"):
        assert not CONTROL & set(found[name].decode()), name
    assert b"alert(1)</script>" not in found["leak.html"], "more of it: tests/render/html"
    assert max(map(len, found["chain-1.dot"].decode().splitlines())) < 3_000
    tokens = PARSER.parse(found["leak.md"].decode())
    kinds = {each.type for token in tokens for each in (token, *(token.children or ()))}
    assert not {"html_inline", "html_block", "link_open", "image", "softbreak_open"} & kinds
    root = ElementTree.fromstring(found["chain-1.svg"])
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= DRAWN
    assert not [
        name for element in root.iter() for name in element.attrib if "href" in name or name.startswith("on")
    ]
    assert "<script>" in "".join(text.text or "" for text in root.iter(f"{SVG}text"))


def test_without_a_program_there_is_the_dot_text_and_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heapdiff.render.drawing.find_programs", list)
    found = gather("shop.cache.SESSIONS")
    assert sorted(found.files) == ["chain-1.dot", "compare.json", "leak.html", "leak.md"]
    assert isinstance(found.undrawn, MissingToolError)
    assert (
        "- `chain-1.dot`: who keeps what `shop.cache.SESSIONS` newly holds\n"
        in found.files["leak.md"].decode()
    )


def test_a_zip_has_the_same_bytes_for_the_same_files_in_whatever_order() -> None:
    one = zip_members({"a": b"1", "b": b"2"}, "2026-11-22T14:02:07.123456Z")
    assert one == zip_members({"b": b"2", "a": b"1"}, "2026-11-22T14:02:07.999999Z")


@pytest.mark.parametrize("moment", ["", "soon", "1970-01-01T00:00:00Z", "9999-01-01T00:00:00Z"])
def test_a_time_that_a_zip_cannot_say_is_its_first(moment: str) -> None:
    assert date_of(moment) == (1980, 1, 1, 0, 0, 0)
