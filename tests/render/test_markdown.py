"""In a bug report no name is markup."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from heapdiff.render.markdown import code, escape_markdown, render_markdown, table
from tests.render import findings

PARSER = MarkdownIt("commonmark").enable("table")


def kinds(document: str) -> set[str]:
    found = set()
    for token in PARSER.parse(document):
        found |= {token.type, *(child.type for child in token.children or ())}
    return found


@given(st.text(min_size=1, max_size=40))
def test_a_sentence_parses_as_nothing_but_text_and_code(sentence: str) -> None:
    parsed = {"paragraph_open", "inline", "text", "code_inline", "paragraph_close"}
    assert kinds(escape_markdown(sentence)) <= parsed
    assert kinds("x " + escape_markdown(sentence)) <= parsed


@given(st.text(min_size=1, max_size=40))
def test_a_name_parses_as_one_code_span(name: str) -> None:
    assert kinds(f"x {code(name)}") == {"paragraph_open", "inline", "text", "code_inline", "paragraph_close"}


def test_hostile_names_add_no_html_and_no_column() -> None:
    document = render_markdown(findings.hostile())
    assert not {"html_inline", "html_block", "link_open", "image"} & kinds(document)
    widths = [len(token.children or ()) for token in PARSER.parse(document) if token.type == "tr_open"]
    assert set(widths) <= {0}


def test_a_table_row_with_pipes_in_names_keeps_its_cells() -> None:
    rows: list[int] = []
    for token in PARSER.parse(render_markdown(findings.hostile())):
        if token.type == "tr_open":
            rows.append(0)
        elif token.type in ("td_open", "th_open"):
            rows[-1] += 1
    assert set(rows) == {3, 4, 5, 7}


def test_a_table_reads_well_as_text_and_one_long_name_does_not_widen_it() -> None:
    rows = [("`shop.Session`", "+1"), (f"`{'x' * 200}`", "+20"), ("`名前`", "-")]
    heading, rule, *lines = table(("Type", ">Objects"), rows)
    assert heading == "| Type           | Objects |"
    assert rule == "|----------------|--------:|"
    assert lines[0] == "| `shop.Session` |      +1 |"
    assert lines[1] == f"| `{'x' * 200}` |     +20 |"
    assert lines[2] == "| `名前`         |       - |"
