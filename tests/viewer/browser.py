"""`python -m tests.viewer.browser`: `heapdiff view` in headless Chromium.

At 360 and 1,400 px, light and dark, with JavaScript and without: sorts, filters, searches, turns pages, follows references and
goes back, cuts a reference, compares, and looks at names that try to be markup. No message on the console, no request to
anywhere else. Leaves pictures in `--pictures`.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.browser import SCHEMES, WIDTHS, Visit, chromium, new_page
from tests.heapfiles import write_snapshot
from tests.viewer.growing import hostile_heap
from tests.viewer.serving import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Request

MOVING_MS: Final = 1_500  # a chart that is seen before shows its tiles on their way


@dataclass(kw_only=True)
class ViewerVisit(Visit):
    base: str
    script: bool

    def check_request(self, request: Request) -> None:
        self.check(request.url.startswith(self.base), f"asks elsewhere: {request.url[:80]}")

    def follow(self, name: str, exact: bool = False) -> None:
        self.page.get_by_role("link", name=name, exact=exact).first.click()

    def expect(self, text: str | re.Pattern[str], what: str) -> None:
        try:
            self.page.get_by_text(text).first.wait_for()
        except Exception as error:
            self.check(False, f"{what}: {type(error).__name__}")

    def rows(self) -> list[str]:
        return [str(each) for each in self.page.locator("tbody tr").all_inner_texts()]


@contextmanager
def visiting(
    browser: Browser, address: str, pictures: Path, width: int, scheme: str, script: bool
) -> Iterator[ViewerVisit]:
    name, base = f"{width}-{scheme}-{'script' if script else 'plain'}", address.partition("?")[0]
    with new_page(browser, width, scheme, script) as page:
        visit = ViewerVisit(page=page, name=name, pictures=pictures, base=base, script=script)
        visit.listen()
        page.on("console", lambda said: visit.check(False, f"console: {said.text}"))
        page.on("request", visit.check_request)
        page.goto(address)
        yield visit


def walk(visit: ViewerVisit) -> None:
    page = visit.page
    visit.expect("ready", "never ready")
    page.get_by_role("status").first.wait_for(state="detached")
    visit.check(len(page.get_by_role("cell", name="ready").all()) == 3, "three aren't ready")
    visit.see("1-overview")
    visit.follow("C", exact=True)
    look_at_types(visit)
    look_at_objects(visit)
    ask(visit)
    look_at_owners(visit)


def look_at_types(visit: ViewerVisit) -> None:
    page = visit.page
    visit.see("2-types")
    visit.follow("Objects", exact=True)
    visit.expect(re.compile("^str$"), "no types by count")
    page.wait_for_url(re.compile("sort=count"))
    counts = [int(each.replace(",", "")) for each in page.locator("tbody td:nth-child(2)").all_inner_texts()]
    visit.check(counts == sorted(counts, reverse=True), "types aren't in order of their number")
    visit.follow("Next")
    page.wait_for_url(re.compile("start=100"))
    page.go_back()
    page.get_by_role("link", name="Previous").wait_for(state="detached")
    page.get_by_label("Filter").fill("main__.Sess")
    if visit.script:
        page.locator("tbody tr").nth(1).wait_for(state="detached")
    else:
        page.get_by_role("button", name="Filter").click()
    visit.check(len(visit.rows()) == 1, "the filter leaves other types")
    page.locator("tbody a").first.click()


def look_at_objects(visit: ViewerVisit) -> None:
    page = visit.page
    visit.expect("Objects of", "no objects")
    visit.see("3-objects")
    visit.follow("Last")
    page.wait_for_url(re.compile("start="))
    visit.follow("Own", exact=True)
    page.wait_for_url(re.compile("sort=bytes"))
    page.locator("tbody a").first.click()
    visit.expect("Path from the root", "no object")
    visit.check(
        page.get_by_text("tests.viewer.growing.LEAK").count() or page.get_by_text("__main__.LEAK").count(),
        "no path",
    )
    visit.see("4-object")
    here = page.url
    page.locator("section", has=page.get_by_role("heading", name=re.compile("^References"))).locator(
        "tbody tr", has_text=".tags"
    ).locator("a").first.click()
    page.wait_for_url(lambda url: url != here)
    visit.expect("Path from the root", "the reference leads nowhere")
    visit.check(".tags" in page.locator("main").inner_text(), "the path has no .tags")
    page.go_back()
    page.wait_for_url(here)
    visit.follow("cut?")
    visit.expect("Would be freed", "no answer to a cut")
    visit.see("5-cut")
    page.go_back()
    page.get_by_role("searchbox", name="Search").fill("__main__.LEAK")
    page.get_by_role("button", name="Search").click()
    visit.expect("Search for", "no search")
    page.locator("tbody a").first.click()
    visit.follow("All 4,500 references")
    visit.expect("References of", "no references")
    visit.follow("By type")
    visit.expect("One by one", "no types of references")
    visit.see("6-references-by-type")
    visit.follow("Dominators", exact=True)
    visit.expect("Top of the dominator tree", "no dominators")
    visit.see("7-dominators")


def ask(visit: ViewerVisit) -> None:
    page = visit.page
    visit.follow("heapdiff", exact=True)
    page.get_by_role("button", name="Compare").click()
    find_out(visit, "/compare")
    visit.expect("Suspects", "no comparison")
    visit.check(page.get_by_text("__main__.LEAK").count(), "the leak isn't named")
    visit.see("8-compare")
    page.locator("tbody a").first.click()
    visit.expect("Path from the root", "a suspect leads nowhere")
    visit.follow("heapdiff", exact=True)
    page.get_by_role("button", name="Show").click()
    find_out(visit, "/born")
    visit.expect("The heaviest", "nothing was born")
    visit.see("9-born")


def look_at_owners(visit: ViewerVisit) -> None:
    page = visit.page
    visit.follow("C", exact=True)
    visit.follow("Owners", exact=True)
    find_out(visit, "/owners$")
    visit.follow("What grew since the first")
    find_out(visit, "since=1$")
    visit.expect("Itself", "no owner map")
    if not visit.script:
        visit.see("13-owners")
        page.locator("#rows").get_by_role("link", name="__main__").first.click()
        page.wait_for_url(re.compile("at="))
        visit.expect("Everything", "no way up")
        return
    chart = page.locator("[data-map=chart] canvas").first
    chart.wait_for()
    page.wait_for_timeout(MOVING_MS)
    visit.see("13-owners")
    listed = page.locator("[data-map=rows]")
    listed.get_by_role("button", name="__main__").first.click()
    listed.get_by_role("button", name="__main__", exact=True).first.click()
    listed.get_by_role("button", name=".LEAK").wait_for()
    page.wait_for_timeout(MOVING_MS)
    visit.see("14-owners-zoomed")
    page.go_back()
    page.get_by_role("button", name="One level up").wait_for()
    page.get_by_label("Find a module").fill("LEAK")
    listed.get_by_role("button", name="LEAK").first.wait_for()


def find_out(visit: ViewerVisit, address: str) -> None:
    """Once somebody has asked, the answer is there for all."""
    visit.page.wait_for_url(re.compile(address))
    visit.page.wait_for_load_state()
    if visit.page.get_by_role("button", name="Find out").count():
        visit.page.get_by_role("button", name="Find out").click()


def look_at_hostile_names(visit: ViewerVisit) -> None:
    page = visit.page
    visit.expect("ready", "never ready")
    page.goto(f"{visit.base}1/types?contains=alert&sort=type")
    shown = page.locator("main").inner_text()
    visit.check("</script><script>alert(1)" in shown and "\\u202e" in shown, "the name is not shown as it is")
    visit.see("10-hostile")
    page.locator("tbody a").first.click()
    page.locator("tbody a").first.click()
    visit.expect("Path from the root", "a hostile name leads nowhere")
    visit.see("11-hostile-object")
    page.goto(f"{visit.base}1/types?contains=xxxxxxxx")
    visit.see("12-long-name")
    page.locator("tbody a").first.click()
    visit.expect("Objects of", "a long name leads nowhere")
    text = page.request.get(f"{visit.base}1/types?contains=cmd&format=csv").text()
    visit.check("'=cmd" in text or ".=cmd" in text, "a formula in CSV")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.viewer.browser", description=__doc__)
    parser.add_argument("--pictures", type=Path, default=Path("/tmp/heapdiff-view"), help="where pictures go")
    parser.add_argument("--quick", action="store_true", help="two ways through it")
    asked = parser.parse_args()
    asked.pictures.mkdir(parents=True, exist_ok=True)
    wrong: list[str] = []
    ways = [(width, scheme, script) for width in WIDTHS for scheme in SCHEMES for script in (True, False)]
    if asked.quick:
        ways = [(360, "dark", False), (1400, "light", True)]
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        real, forged = Path(folder, "real"), Path(folder, "forged")
        real.mkdir()
        forged.mkdir()
        subprocess.run([sys.executable, "-m", "tests.viewer.growing", real], check=True, capture_output=True)
        write_snapshot(hostile_heap(), forged)
        for width, scheme, script in ways:
            for directory, way in ((real, walk), (forged, look_at_hostile_names)):
                with (
                    serving(directory) as served,
                    visiting(browser, served.address, asked.pictures, width, scheme, script) as visit,
                ):
                    visit.go(way)
                visit.check(served.exit_code == 0, f"ended with {served.exit_code}: {served.said}")
                wrong += visit.wrong
                visit.tell()
    if wrong:
        raise SystemExit(f"{len(wrong)} things are wrong; pictures in {asked.pictures}")


if __name__ == "__main__":
    main()
