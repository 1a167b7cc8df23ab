"""A way through our pages in headless Chromium. Needs the extra `browser`, and Debian's `chromium` or another one."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

WIDTHS: Final = (360, 1400)
SCHEMES: Final = ("light", "dark")
PATIENCE_MS: Final = 60_000
PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(kw_only=True)
class Visit:
    """One browser's way through our pages, and what went wrong on it."""

    page: Page
    name: str
    pictures: Path
    wrong: list[str] = field(default_factory=list)

    def check(self, holds: object, what: str) -> None:
        if not holds:
            self.wrong.append(f"{self.name}: {what}: {self.page.url}")

    def listen(self) -> None:
        """An error of a script is wrong, and so is a dialog."""
        self.page.on("pageerror", lambda error: self.check(False, str(error)))
        self.page.on("dialog", self._refuse)

    def _refuse(self, dialog: Dialog) -> None:
        self.check(False, f"dialog {dialog.message}")
        dialog.dismiss()

    def see(self, name: str) -> None:
        """Keep a picture, and check that the page itself doesn't scroll sideways."""
        self.page.screenshot(path=self.pictures / f"{self.name}-{name}.png", full_page=True)
        wide, room = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        self.check(wide <= room, f"{name} is {wide} px wide in {room} px")

    def go(self, way: Callable[[Self], None]) -> None:
        """Whatever it meets is told, and seen."""
        try:
            way(self)
        except Exception as error:
            self.check(False, f"{type(error).__name__}: {str(error).splitlines()[0]}")
            self.see("failed")

    def tell(self) -> None:
        print(f"{self.name}: {'; '.join(self.wrong) or 'as it should be'}", flush=True)


@contextlib.contextmanager
def new_page(browser: Browser, width: int, scheme: str, script: bool = True) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        java_script_enabled=script,
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    try:
        yield page
    finally:
        context.close()


class NoBrowserError(RuntimeError):
    """Playwright or Chromium is missing; the message says how to get it."""


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A browser of its own, closed at the end. Raises NoBrowserError."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise NoBrowserError("playwright is missing: pip install 'heapdiff[browser]'") from error
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise NoBrowserError("there is no Chromium: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()
