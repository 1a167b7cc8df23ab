"""`python -m tests.flask.toolbar.browser DIR`: the panel in headless Chromium, on real servers; leaves the pictures in DIR.

Switches the panel on as a user does, and looks at what it says after a leak, after nothing, and after hostile names, at two
widths, light and dark; that there is no error on the console; and that Werkzeug's debugger still works beside it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from heapdiff.flask.toolbar.taking import BUSY
from tests.browser import NoBrowserError, chromium
from tests.flask.toolbar.serving_shop import SERVERS, serve
from tests.flask.toolbar.shop import HOSTILE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Dialog, FrameLocator, Page

WIDTHS: Final = (1400, 360)
SCHEMES: Final = ("light", "dark")
FRAME: Final = "#flDebugHeapDiffPanel-content iframe"
OF_PLAYWRIGHT: Final = "Blocked script execution"  # its own look into a frame that runs none
WAIT_MS: Final = 120_000  # the analysis comes last on a busy machine
WARM_UP, MORE = 4, 6  # visits
LEFT_NOTHING: Final = "This request left nothing behind."
HOSTILE_PATH: Final = "/hostile/%3Cscript%3Ealert(1)%3C/script%3E"
EARLIER: Final = {
    "Since the last one": "What ran since the last",
    "Since the first one": "What ran since the first",
}
LEAK: Final = "tests.flask.toolbar.shop.SESSIONS"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.flask.toolbar.browser", description=__doc__)
    parser.add_argument("pictures", metavar="DIR", type=Path)
    parser.add_argument("--server", choices=SERVERS, action="append")
    options = parser.parse_args()
    options.pictures.mkdir(parents=True, exist_ok=True)
    try:
        with chromium() as browser:
            for server in options.server or SERVERS:
                with tempfile.TemporaryDirectory() as folder:
                    with serve(server, Path(folder)) as address:
                        for scheme in SCHEMES:
                            look(browser, address, server, scheme, options.pictures)
                        if server == "flask":
                            look_at_debugger(browser, address, options.pictures)
                    left = [*Path(folder, "tmp").glob("heapdiff-toolbar-*/*")]
                    assert not left, f"{server} left {left}"
                    print(f"{server}: nothing is left in the temporary directory")
    except NoBrowserError as error:
        print(error, file=sys.stderr)
        return 5
    return 0


def look(browser: Browser, address: str, server: str, scheme: Any, pictures: Path) -> None:
    page, errors = open_page(browser, scheme)
    page.goto(f"{address}/")
    page.click("#flDebugHeapDiffPanel .flDebugSwitch")
    for visits in range(
        WARM_UP + MORE
    ):  # each of two workers warms up, also by the first file that it serves
        page.goto(f"{address}/", wait_until="networkidle")
        if visits < WARM_UP:
            continue
        opened(page)
        if page.frame_locator(FRAME).locator("h1").inner_text() == LEFT_NOTHING:
            break
    else:
        raise AssertionError(page.frame_locator(FRAME).locator("body").inner_text())
    for _ in range(3):
        page.goto(f"{address}/leak", wait_until="networkidle")
    frame = opened(page)
    assert LEAK in frame.locator("summary code").first.inner_text()
    assert "+1 tests.flask.toolbar.shop.Session" in frame.locator("summary").first.inner_text()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        frame.locator("h1").scroll_into_view_if_needed()
        wide = frame.locator("body").evaluate(
            "body => body.ownerDocument.documentElement.scrollWidth - body.ownerDocument.defaultView.innerWidth"
        )
        assert wide <= 0, f"{server}: {wide} pixels too wide at {width}"
        page.screenshot(path=pictures / f"{server}-{scheme}-{width}.png")
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    if scheme == SCHEMES[0]:
        for text, start in EARLIER.items():
            frame.get_by_role("link", name=text).click(timeout=WAIT_MS)
            frame.locator("h1", has_text=start).wait_for(timeout=WAIT_MS)
    untouched = look_at_hostile_names(page, address, errors)
    assert not untouched, untouched
    frame = page.frame_locator(FRAME)
    frame.locator("h1").wait_for(timeout=WAIT_MS)
    assert "<script>alert(1)</script>" in frame.locator("body > p code").first.inner_text()
    assert frame.locator("script").count() == 0
    assert HOSTILE not in page.title()
    assert page.title() == "Shop"
    page.screenshot(path=pictures / f"{server}-{scheme}-hostile.png")
    look_without_script(browser, page, scheme, pictures / f"{server}-{scheme}-alone.png")
    real = [error for error in errors if not error.startswith(OF_PLAYWRIGHT)]
    assert not real, real
    page.context.close()
    print(f"{server}, {scheme}: the panel says what was left behind; no error on the console", flush=True)


def look_at_hostile_names(page: Page, address: str, errors: list[str]) -> list[str]:
    """What the console says of them by itself: later, looking into the frame is a script there, which is blocked."""
    page.goto("about:blank")
    errors.clear()
    page.goto(f"{address}{HOSTILE_PATH}")
    reload_while_busy(page)
    with page.expect_response(lambda answer: "/heapdiff/" in answer.url, timeout=WAIT_MS) as shown:
        page.click("#flDebugHeapDiffPanel > a")
    shown.value.finished()
    page.wait_for_load_state("networkidle")
    return [*errors]


def look_without_script(browser: Browser, page: Page, scheme: Any, picture: Path) -> None:
    """The plain link, in a browser that runs no script."""
    link = page.locator("#flDebugHeapDiffPanel-content a[target=_blank]").evaluate("link => link.href")
    context = browser.new_context(
        java_script_enabled=False, color_scheme=scheme, viewport={"width": 360, "height": 900}
    )
    alone = context.new_page()
    answer = alone.goto(link, timeout=WAIT_MS)
    assert answer is not None
    assert answer.status == 200
    assert alone.locator("h1").inner_text().startswith("This request left")
    alone.screenshot(path=picture)
    forged = alone.goto(link.replace("/request", "x/request"))
    assert forged is not None
    assert forged.status == 404
    context.close()


def look_at_debugger(browser: Browser, address: str, pictures: Path) -> None:
    """An error in a view that the panel looks at: the debugger's page, its console, and the next request's panel."""
    page, errors = open_page(browser, "light")
    page.goto(f"{address}/")
    page.click("#flDebugHeapDiffPanel .flDebugSwitch")
    page.goto(f"{address}/boom")
    assert "RuntimeError" in page.title()
    page.locator("div.traceback").wait_for(timeout=WAIT_MS)
    page.locator(".frame .source .line.current").last.click()
    page.screenshot(path=pictures / "debugger.png")
    page.goto(f"{address}/leak")
    frame = opened(page)
    assert LEAK in frame.locator("body").inner_text()
    frame.get_by_role("link", name="Since the last one").click(timeout=WAIT_MS)
    frame.locator("h1, .note").first.wait_for(timeout=WAIT_MS)
    own = ("Failed to load resource: the server responded with a status of 500", OF_PLAYWRIGHT)
    real = [error for error in errors if not error.startswith(own)]
    assert not real, real
    page.context.close()
    print("flask: the debugger's page works, and so does the panel after it")


def open_page(browser: Browser, scheme: Any) -> tuple[Page, list[str]]:
    context = browser.new_context(color_scheme=scheme, viewport={"width": WIDTHS[0], "height": 900})
    page, errors = context.new_page(), list[str]()

    def refuse(dialog: Dialog) -> None:
        errors.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(message.text)

    page.set_default_timeout(WAIT_MS)
    page.on("console", hear)
    page.on("dialog", refuse)
    page.on("pageerror", lambda error: errors.append(str(error)))
    return page, errors


def opened(page: Page) -> FrameLocator:
    """The page inside the panel, once it says something."""
    reload_while_busy(page)
    page.click("#flDebugHeapDiffPanel > a")
    frame = page.frame_locator(FRAME)
    frame.locator("h1, body > .note").first.wait_for(timeout=WAIT_MS)
    return frame


def reload_while_busy(page: Page) -> None:
    """As the panel says, while the snapshots of the request before are being written."""
    while page.locator(FRAME).count() == 0:
        said = page.locator("#flDebugHeapDiffPanel-content p").text_content()
        assert said == BUSY, said
        page.wait_for_timeout(1000)
        page.reload(wait_until="networkidle")


if __name__ == "__main__":
    sys.exit(main())
