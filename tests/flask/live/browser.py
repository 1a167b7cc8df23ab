"""`python -m tests.flask.live.browser`: the live page in headless Chromium, under gunicorn and Flask's own server.

At 360 and 1,400 px, light and dark, with JavaScript and without: signs in, takes two snapshots with traffic in between, and goes
from a suspect to living objects and their picture, and to Heapy. Checks what it sees, and leaves pictures in `--pictures`.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.browser import SCHEMES, WIDTHS, Visit, chromium, new_page
from tests.flask.live.servers import Shop, by_flask, by_gunicorn

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TRIES: Final = 40  # until a request reaches the worker that it is about


@dataclass(kw_only=True)
class LiveVisit(Visit):
    shop: Shop

    def see(self, name: str) -> None:
        """And check that the page shows no markup of the shop's."""
        super().see(name)
        scripts = "".join(self.page.locator("script").all_inner_texts())
        self.check("alert(1)" not in scripts, f"{name} has the shop's markup")

    def at_its_worker(self) -> None:
        """Wait, as the page does by itself, until the worker answers that it is about; and ask again what took too long."""
        for _ in range(TRIES):
            if self.page.get_by_role("link", name="Try now").count():
                self.page.wait_for_event("load")
            elif self.page.get_by_text("took more than").count():
                self.page.reload()
            else:
                return
        self.check(False, "never reached the worker")


@contextmanager
def visiting(
    browser: Browser, shop: Shop, pictures: Path, width: int, scheme: str, script: bool
) -> Iterator[LiveVisit]:
    kind = "gunicorn" if shop.token else "flask"
    name = f"{kind}-{width}-{scheme}-{'script' if script else 'plain'}"
    with new_page(browser, width, scheme, script) as page:
        visit = LiveVisit(page=page, name=name, pictures=pictures, shop=shop)
        visit.listen()
        page.on(
            "console",
            lambda said: visit.check(said.type not in ("error", "warning") or expected(said.text), said.text),
        )
        yield visit


def expected(text: str) -> bool:
    """Chromium notes each page whose status is an error; those that this visit causes."""
    return bool(re.search(r"status of (401|409|503) ", text))


def walk(visit: LiveVisit) -> None:
    page, shop = visit.page, visit.shop
    page.goto(shop.url())
    if shop.token:
        visit.see("0-sign-in")
        page.get_by_label("HEAPDIFF_TOKEN").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        visit.check(page.get_by_text("That isn't the token.").count(), "a wrong token is let in")
        page.get_by_label("HEAPDIFF_TOKEN").fill(shop.token)
        page.get_by_role("button", name="Sign in").click()
    visit.check(page.get_by_role("heading", name="Growth").count(), "there is no overview")
    for label in ("before", "<i>after"):
        page.get_by_label("Label").fill(label)
        page.get_by_role("button", name="Take a snapshot").click()
        page.get_by_text(label, exact=True).last.wait_for()
        for _ in range(20):
            visit.check(shop.visit() == 200, "the shop answers")
    visit.see("1-overview")
    pid = re.search(r"pid=(\d+)", page.url)
    page.get_by_role("link", name="Find suspects").click()
    visit.at_its_worker()
    visit.check(
        page.get_by_text("shop.SESSIONS").count() or page.get_by_text("shop.EVIL").count(),
        "no suspect is named",
    )
    visit.see("2-compare")
    page.get_by_role("link", name="look", exact=True).first.click()
    visit.at_its_worker()
    visit.see("3-objects")
    page.get_by_role("table").get_by_role("link").first.click()
    visit.at_its_worker()
    visit.see("4-object")
    look_at_picture(visit)
    page.goto(shop.url(f"/_heapdiff/live/heapy?by=type&pid={pid[1] if pid else 0}"))
    visit.at_its_worker()
    visit.check(page.get_by_text("Heapy counts").count(), "there is no partition")
    visit.see("5-heapy")


def look_at_picture(visit: LiveVisit) -> None:
    page = visit.page
    page.get_by_role("link", name="Draw who refers to it").click()
    visit.at_its_worker()
    drawn = page.get_by_role("img").evaluate("image => image.complete && image.naturalWidth")
    visit.check(drawn and drawn > 50, f"the picture is {drawn} px wide")
    visit.see("6-picture")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.flask.live.browser", description=__doc__)
    parser.add_argument("--pictures", type=Path, default=Path("/tmp/heapdiff-live"), help="where pictures go")
    parser.add_argument("--quick", action="store_true", help="one way through it for each server and width")
    asked = parser.parse_args()
    asked.pictures.mkdir(parents=True, exist_ok=True)
    wrong: list[str] = []
    ways = [(width, scheme, script) for width in WIDTHS for scheme in SCHEMES for script in (True, False)]
    if asked.quick:
        ways = [(360, "dark", False), (1400, "light", True)]
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        for place, start in (("gunicorn", by_gunicorn), ("flask", by_flask)):
            with start(Path(folder, place)) as shop:
                for width, scheme, script in ways:
                    with visiting(browser, shop, asked.pictures, width, scheme, script) as visit:
                        visit.go(walk)
                    wrong += visit.wrong
                    visit.tell()
    if wrong:
        raise SystemExit(f"{len(wrong)} things are wrong; pictures in {asked.pictures}")


if __name__ == "__main__":
    main()
