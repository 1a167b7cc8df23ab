"""The page: what it says, that nothing in it runs or asks but what is ours, and how large it can get."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import heapdiff
from heapdiff.answers import Report
from heapdiff.render.html.page import read_built
from heapdiff.render.html.report import render_report
from tests.render.html.poisoned import HOSTILE, large, poison, shop

pytestmark = pytest.mark.process  # Graphviz draws the pictures
MOST_BYTES = 2_500_000
EMPTY = frozenset(("meta", "img", "input", "br", "link"))


@dataclass
class Page(HTMLParser):
    """What a browser sees: elements with their attributes, and the text outside scripts and styles."""

    html: str
    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    text: str = ""
    inside: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self.open.append(tag)
            if tag in ("script", "style"):
                self.inside.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("script", "style"):
            self.inside[self.open[-1]][-1] += data
        else:
            self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def data(self) -> dict[str, Any]:
        """What the scripts read."""
        content: dict[str, Any] = json.loads(self.inside["script"][0])
        return content

    @property
    def policy(self) -> str:
        (found,) = [each["content"] for each in self.named("meta") if each.get("http-equiv")]
        return found or ""


@pytest.fixture(scope="module")
def leak() -> Report:
    return shop(3, 40, 80)


def test_it_says_what_grew_and_how_to_see_it_again(leak: Report) -> None:
    page = Page(render_report(leak, "heapdiff report a.json b.json -o leak.html"))
    assert leak.comparison is not None
    assert leak.comparison.verdict.text in page.text
    assert "shop.cache.SESSIONS" in page.text
    assert "heapdiff report a.json b.json -o leak.html" in page.text
    assert not page.open[1:], "an element is not closed"


def test_the_same_answer_gives_the_same_bytes(leak: Report) -> None:
    assert render_report(leak) == render_report(leak)


def test_a_suspect_leads_to_its_group_in_the_map(leak: Report) -> None:
    page = Page(render_report(leak))
    (link, *_) = [each for each in page.named("a") if "data-group" in each]
    owners = page.data["owners"]
    number = int(link["data-group"] or "")
    assert owners["names"][owners["label"][number]] == ".SESSIONS"


def test_every_link_leads_to_something_in_the_page(leak: Report) -> None:
    page = Page(render_report(leak))
    ids = [each["id"] for _, each in page.elements if "id" in each]
    assert len(ids) == len(set(ids))
    links = [each["href"] or "" for each in page.named("a")]
    assert links
    assert {link.removeprefix("#") for link in links} <= set(ids)


@pytest.mark.parametrize("hostile", [False, True])
def test_the_policy_lets_run_what_is_ours_and_nothing_else(leak: Report, hostile: bool) -> None:
    page = Page(render_report(poison(leak) if hostile else leak))
    data, script = page.inside["script"]
    (style,) = page.inside["style"]
    for text in (script, style):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in page.policy
    assert page.policy.startswith("default-src 'none';")
    assert "unsafe" not in page.policy
    assert page.policy.count("sha256-") == 2
    assert [each.get("type") for each in page.named("script")] == ["application/json", None]
    assert not re.search("[<>&\u2028\u2029]", data)


@pytest.mark.parametrize("hostile", [False, True])
def test_no_element_runs_asks_or_sends(leak: Report, hostile: bool) -> None:
    page = Page(render_report(poison(leak) if hostile else leak))
    for tag, attributes in page.elements:
        assert tag not in ("iframe", "object", "embed", "base", "form", "link", "svg")
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "srcdoc")]
        for name in ("src", "href", "action", "data"):
            assert (attributes.get(name) or "#").startswith(("#", "data:image/svg+xml;base64,"))


def test_hostile_names_are_text(leak: Report) -> None:
    html = render_report(poison(leak), HOSTILE)
    page = Page(html)
    assert "<script>alert(1)" not in html
    assert "</script><script>alert(1)</script>" in page.text
    assert "{{7*7}}" in page.text
    assert re.findall("[\x00\x1b\u202e\u200b\ud800\u2028]", html) == []
    assert any("</script><script>" in name for name in page.data["owners"]["names"])


def test_a_very_long_name_is_cut(leak: Report) -> None:
    assert len(render_report(poison(leak, "界" * 10_000))) < MOST_BYTES


def test_pictures_are_images_that_are_inert(leak: Report) -> None:
    page = Page(render_report(poison(leak)))
    images = page.named("img")
    assert images
    for image in images:
        svg = base64.b64decode((image["src"] or "").partition(",")[2]).decode()
        assert "<script" not in svg
        assert not re.search(r"<[^>]* on\w+=", svg)
        assert image["alt"]


def test_without_graphviz_the_page_says_so(leak: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heapdiff.render.drawing.find_programs", list)
    page = Page(render_report(leak))
    assert not page.named("img")
    assert "Graphviz is not installed" in page.text


def test_one_snapshot_has_a_map_and_no_growth() -> None:
    page = Page(render_report(shop(5)))
    assert "One snapshot shows what memory holds" in page.text
    assert page.data["owners"]["before"] is None
    assert page.data["types"]["before"] is None
    assert "Garbage" not in page.text


def test_without_references_there_is_no_map(leak: Report) -> None:
    page = Page(render_report(replace(leak, owners=None, pictures=())))
    assert page.data["owners"] is None
    assert "Owner map" not in page.text


@pytest.mark.slow
def test_it_is_small_however_large_the_code_and_its_names_are() -> None:
    report = large()
    html = render_report(report)
    assert len(html.encode()) <= MOST_BYTES
    page = Page(html)
    assert len(page.data["owners"]["parent"]) > 4_900
    assert len(page.data["types"]["type"]) == 5_000
    assert "1,000 smaller types left out" in page.text


def test_what_is_built_can_stand_in_a_page() -> None:
    script = read_built("report.js")
    assert "</script" not in script.lower()
    assert "<!--" not in script
    assert "</style" not in read_built("report.css").lower()
    assert not re.search(r"url\((?!['\"]?data:)", read_built("report.css"))
    assert not re.search(r"@import", read_built("report.css"))
    wanted = json.loads((Path(heapdiff.__file__).parent / "render/html/assets/package.json").read_text())
    for name, version in wanted["dependencies"].items():
        assert f"{name} {version} (" in read_built("LICENSES.txt"), "built from another version"
    for name in ("echarts", "zrender", "tslib", "tabulator-tables", "Apache License", "NOTICE"):
        assert name in read_built("LICENSES.txt")
