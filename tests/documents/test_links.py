"""The check of the site's links finds those that lead nowhere."""

from __future__ import annotations

from pathlib import Path

from tests.documents.links import find_broken, find_outside, read_site


def test_a_link_to_no_page_and_one_to_no_place_in_it_are_broken(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "index.html").write_text(
        '<h1 id="top">x</h1><a href="deep/a.html#here">x</a><a href="#top">x</a><a href="deep/gone.html">x</a>'
        '<a href="deep/a.html#gone">x</a><img src="no.png"><a href="https://example.org/a#b">x</a>'
    )
    (tmp_path / "deep" / "a.html").write_text('<p id="here"><a href="../index.html">x</a>')
    pages = read_site(tmp_path)
    assert list(find_broken(pages)) == [
        "index.html: deep/gone.html",
        "index.html: deep/a.html#gone",
        "index.html: no.png",
    ]
    assert find_outside(pages) == ["https://example.org/a"]
