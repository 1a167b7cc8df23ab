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
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.browser import chromium
from tests.flask.live.servers import Shop, by_flask, by_gunicorn

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

WIDTHS: Final = (360, 1400)
SCHEMES: Final = ("light", "dark")
TRIES: Final = 40  # until a request reaches the worker that it is about
PATIENCE_MS: Final = 60_000


@dataclass
class Visit:
    """One browser's way through the page, and what went wrong on it."""

    page: Page
    shop: Shop
    pictures: Path
    name: str
    wrong: list[str] = field(default_factory=list)

    def check(self, holds: object, what: str) -> None:
        if not holds:
            self.wrong.append(f"{self.name}: {what}: {self.page.url}")

    def refuse(self, dialog: Dialog) -> None:
        self.check(False, f"dialog {dialog.message}")
        dialog.dismiss()

    def see(self, name: str) -> None:
        """Keep a picture, and check that the page itself doesn't scroll sideways and shows no markup of the shop's."""
        page = self.page
        page.screenshot(path=self.pictures / f"{self.name}-{name}.png", full_page=True)
        wide, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        self.check(wide <= room, f"{name} is {wide} px wide in {room} px")
        self.check(
            "alert(1)" not in "".join(page.locator("script").all_inner_texts()),
            f"{name} has the shop's markup",
        )

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
) -> Iterator[Visit]:
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme="dark" if scheme == "dark" else "light", java_script_enabled=script
    )  # fmt: skip
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    kind = "gunicorn" if shop.token else "flask"
    visit = Visit(page, shop, pictures, f"{kind}-{width}-{scheme}-{'script' if script else 'plain'}")
    page.on(
        "console",
        lambda said: visit.check(said.type not in ("error", "warning") or expected(said.text), said.text),
    )
    page.on("pageerror", lambda error: visit.check(False, str(error)))
    page.on("dialog", visit.refuse)
    try:
        yield visit
    finally:
        context.close()


def expected(text: str) -> bool:
    """Chromium notes each page whose status is an error; those that this visit causes."""
    return bool(re.search(r"status of (401|409|503) ", text))


def walk(visit: Visit) -> None:
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


def look_at_picture(visit: Visit) -> None:
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
                        try:
                            walk(visit)
                        except Exception as error:
                            visit.check(False, f"{type(error).__name__}: {str(error).splitlines()[0]}")
                    wrong += visit.wrong
                    print(f"{visit.name}: {'; '.join(visit.wrong) or 'as it should be'}", flush=True)
    if wrong:
        raise SystemExit(f"{len(wrong)} things are wrong; pictures in {asked.pictures}")


if __name__ == "__main__":
    main()
