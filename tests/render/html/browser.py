"""`python -m tests.render.html.browser`: the report in headless Chromium, at 360 and 1,400 px, light and dark.

Reports of a shop (`--snapshots`, else a small one), of hostile names and of very large code. Sorts, searches, opens the map
by keyboard and by mouse, follows a link and goes back. Checks that no message reaches the console and no request leaves the page,
how long it takes and how much memory (`--axe FILE`: axe-core, too), and leaves pictures in `--pictures`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from heapdiff.answers import Report
from heapdiff.render.html.report import render_report
from tests.browser import SCHEMES, WIDTHS, Visit, chromium, new_page
from tests.render.html.poisoned import HOSTILE, large, poison, shop

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MOVING_MS: Final = 10_000
TOP: Final = "everything"
MOST_HEAP_BYTES: Final = 30_000_000
MEASURED: Final = 5
LARGEST: Final = {"shop": 1_300_000, "hostile": 2_500_000, "large": 2_500_000}
READY: Final = "document.documentElement.dataset.ready"
VIOLATIONS: Final = """
    axe.run(document, {resultTypes: ['violations']}).then(found => found.violations.flatMap(({id, nodes}) =>
        nodes.slice(0, 3).map(node => `${id}: ${node.target.join(' ')}: ${node.failureSummary.replaceAll('\\n', ' ')}`)))
"""


@dataclass(kw_only=True)
class ReportVisit(Visit):
    file: Path
    axe: str
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def rows(self) -> list[str]:
        """The names of the groups that the map's list shows."""
        return list(map(str, self.page.locator("[data-map=rows] .name").all_inner_texts()))

    def here(self) -> str:
        return str(self.page.locator("[data-map=way] [aria-current]").inner_text())

    def leaves(self, place: str, what: str) -> None:
        """Wait until the map shows another group than that."""
        from playwright.sync_api import Error

        try:
            self.page.wait_for_function(
                "place => document.querySelector('[data-map=way] [aria-current]').textContent !== place",
                arg=place,
                timeout=MOVING_MS,
            )
        except Error:
            self.check(False, what)


@contextmanager
def visiting(
    browser: Browser, file: Path, axe: str, pictures: Path, width: int, scheme: str
) -> Iterator[ReportVisit]:
    with new_page(browser, width, scheme) as page:
        visit = ReportVisit(
            page=page, name=f"{file.stem}-{width}-{scheme}", pictures=pictures, file=file, axe=axe
        )
        visit.listen()
        page.on("console", lambda said: visit.said.append(said.text))
        page.on("request", lambda request: visit.asked.append(request.url))
        yield visit
        own = file.absolute().as_uri()
        outside = [url for url in visit.asked if not url.startswith((own, "data:image/svg+xml;base64,"))]
        visit.check(not outside, f"asked for {outside[:3]}")
        visit.check(not visit.said, f"said {visit.said[:3]}")


def walk(visit: ReportVisit) -> None:
    page = visit.page
    page.goto(visit.file.absolute().as_uri())
    page.wait_for_function(READY)
    visit.see("1-all")
    look_at_map(visit)
    look_at_types(visit)
    if visit.axe:
        page.evaluate(visit.axe)
        for found in page.evaluate(VIOLATIONS):
            visit.check(False, f"axe: {found}")
    page.emulate_media(media="print")
    visit.see("3-print")


def look_at_map(visit: ReportVisit) -> None:
    """By keyboard into the heaviest group and back, by mouse once more; then a search, and a suspect's link."""
    page = visit.page
    top = visit.rows()
    first = page.locator("[data-map=rows] button").first
    first.focus()
    page.keyboard.press("Enter")
    visit.leaves(TOP, "Enter opens nothing")
    visit.check(visit.here() == top[0], f"Enter opens {visit.here()!r} instead of {top[0]!r}")
    below = visit.rows()
    visit.check(below and below != top, "nothing is below the heaviest group")
    page.locator("[data-map=up]").focus()
    page.keyboard.press("Backspace")
    visit.leaves(top[0], "Backspace doesn't go up")
    page.locator("[data-map=chart][data-drawn='-1']").scroll_into_view_if_needed()
    page.locator("[data-map=chart] canvas").click(position={"x": 8, "y": 8})
    visit.leaves(TOP, "a click on the map opens nothing")
    opened = visit.here()
    page.go_back()
    visit.leaves(opened, "Back doesn't leave the group that a click opened")
    visit.check(visit.here() == TOP, f"Back leads to {visit.here()!r}")
    follow_suspect(visit)
    page.locator("[data-map=search]").fill("list")
    visit.check(page.get_by_text("found in the whole map").count(), "a search finds nothing")
    page.locator("[data-map=search]").fill("")
    visit.check(visit.rows() == top, "the list isn't whole again after a search")


def follow_suspect(visit: ReportVisit) -> None:
    page = visit.page
    link = page.get_by_role("link", name="Show it in the owner map").first
    if not link.count():
        return
    link.click()
    visit.leaves(TOP, "a suspect's link doesn't lead to its group")
    visit.see("2-suspect-in-map")
    group = visit.here()
    page.go_back()
    visit.leaves(group, "Back doesn't leave a suspect's group")


def look_at_types(visit: ReportVisit) -> None:
    page = visit.page
    cells = page.locator("#types .tabulator-row .tabulator-cell:first-child")
    before = cells.all_inner_texts()
    page.locator("#types").get_by_role("columnheader", name="Bytes").focus()
    page.keyboard.press("Enter")
    by_bytes = cells.all_inner_texts()
    visit.check(by_bytes and by_bytes != before, "sorting by bytes changes nothing")
    page.locator("[data-types=search]").fill("dict")
    page.wait_for_function("document.querySelector('[data-types=found]').textContent.includes(' of ')")
    found = cells.all_inner_texts()
    visit.check(all("dict" in text.lower() for text in found), f"a search for dict finds {found[:3]}")
    page.locator("[data-types=search]").fill("")


def measure(browser: Browser, file: Path) -> tuple[float, float]:
    """Milliseconds until the page is ready, the median of some visits, and its JavaScript heap after a collection."""
    ready, heap = [], 0
    for _ in range(MEASURED):
        context = browser.new_context(viewport={"width": 1400, "height": 900})
        page = context.new_page()
        page.goto(file.absolute().as_uri())
        page.wait_for_function(READY)
        ready.append(float(page.evaluate(READY)))
        session = context.new_cdp_session(page)
        session.send("HeapProfiler.collectGarbage")
        heap = session.send("Runtime.getHeapUsage")["usedSize"]
        context.close()
    return statistics.median(ready), heap


def make_pages(folder: Path, snapshots: Sequence[str]) -> list[Path]:
    reports: dict[str, tuple[Report, str]] = {
        "hostile": (poison(shop(3, 40, 80)), HOSTILE),
        "large": (large(), ""),
    }
    if not snapshots:
        reports["shop"] = shop(3, 400, 800), "heapdiff report first.json last.json -o leak.html"
    pages = []
    for name, (report, command) in reports.items():
        pages.append(folder / f"{name}.html")
        pages[-1].write_text(render_report(report, command), encoding="utf-8")
    if snapshots:
        pages.append(folder / "shop.html")
        write_report(snapshots, pages[-1])
    return pages


def write_report(snapshots: Sequence[str], page: Path) -> None:
    from heapdiff.cli import main as heapdiff

    code: Any = heapdiff(["report", *snapshots, "-o", str(page)])
    assert not code, code


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.render.html.browser", description=__doc__)
    parser.add_argument(
        "--pictures", type=Path, default=Path("/tmp/heapdiff-report"), help="where pictures go"
    )
    parser.add_argument("--snapshots", nargs="*", default=[], help="of a process to report on")
    parser.add_argument("--axe", type=Path, help="axe-core's axe.min.js")
    parser.add_argument("--only", choices=sorted(LARGEST), help="visit this page alone")
    asked = parser.parse_args()
    asked.pictures.mkdir(parents=True, exist_ok=True)
    axe = asked.axe.read_text(encoding="utf-8") if asked.axe else ""
    wrong = []
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        for file in make_pages(Path(folder), asked.snapshots):
            if file.stem != (asked.only or file.stem):
                continue
            size = file.stat().st_size
            ready, heap = measure(browser, file)
            print(json.dumps({"page": file.stem, "bytes": size, "ready_ms": ready, "heap_bytes": heap}))
            if size > LARGEST[file.stem] or heap > MOST_HEAP_BYTES:
                wrong.append(f"{file.stem}: {size:,} bytes, {heap:,.0f} bytes of heap")
            for width in WIDTHS:
                for scheme in SCHEMES:
                    with visiting(browser, file, axe, asked.pictures, width, scheme) as visit:
                        visit.go(walk)
                    wrong += visit.wrong
                    visit.tell()
    if wrong:
        raise SystemExit("\n".join([f"{len(wrong)} things are wrong; pictures in {asked.pictures}", *wrong]))


if __name__ == "__main__":
    main()
