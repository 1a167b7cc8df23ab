"""The pictures of README.md and docs/, drawn from the sample's snapshots by the commands that users type.

A terminal is what a command prints on one, as SVG without a font from elsewhere; a chain is what `heapdiff graph` draws; a page
is a screenshot, for which it needs the extra `browser` and Chromium. Those of commands that aren't here are left out.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from heapdiff.cli.commands import COMMANDS

from .tool import COMMAND

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["PAGES", "PICTURES", "draw_all"]

SNAPSHOTS: Final = ("first.json", "second.json", "third.json")
COLUMNS, ROWS = 80, 24
FONTS: Final = "ui-monospace,SFMono-Regular,Menlo,Consolas,DejaVu Sans Mono,monospace"
FONT_FACES: Final = re.compile(r"\s*@font-face \{.*?\}\n", re.DOTALL)
WIDTH, HEIGHT, MARGIN = 1000, 640, 12
MOST_BYTES: Final = 200_000
STILL_MS: Final = 500


def draw_terminal(command: str, paragraphs: int, directory: Path) -> bytes:
    """The first paragraphs of what a command prints on a terminal of 80 columns."""
    from rich.console import Console
    from rich.text import Text

    shown = "\n\n".join(on_a_terminal(command, directory).split("\n\n")[:paragraphs])
    console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"))  # noqa: SIM115
    with console.file:
        console.print(Text.assemble(("$ ", "bold green"), command, "\n"), highlight=False)
        console.print(
            Text.from_ansi(shown), "", sep="\n", highlight=False
        )  # the frame cuts off what hangs below the last line
        svg = console.export_svg(title="heapdiff", unique_id="terminal")
    return FONT_FACES.sub("", svg).replace("Fira Code, monospace", FONTS).replace("Fira Code", FONTS).encode()


def on_a_terminal(command: str, directory: Path) -> str:
    """What a command writes where it sees a terminal, colours and all."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    program, *arguments = command.split()
    process = subprocess.Popen(
        [COMMAND, *arguments],
        cwd=directory,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "NO_COLOR": ""},
        stdin=subprocess.DEVNULL,
        stdout=its,
        stderr=subprocess.DEVNULL,
    )
    os.close(its)
    pieces = []
    with open(ours, "rb", buffering=0) as reader:
        while True:
            try:
                piece = reader.read(65536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            pieces.append(piece)
    if process.wait():
        raise RuntimeError(f"{program} {' '.join(arguments)}: exit code {process.returncode}")
    return b"".join(pieces).decode().replace("\r\n", "\n")


def draw_chain(holder: str, directory: Path) -> bytes:
    """Who keeps a holder's new objects, as `heapdiff graph` draws it."""
    target = directory / "chain.svg"
    heapdiff(
        "graph",
        "third.json",
        "--since",
        "first.json",
        "--holder",
        holder,
        "-o",
        target.name,
        directory=directory,
    )
    return target.read_bytes()


def draw_owner_map(directory: Path) -> bytes:
    """The report's owner map, of the shop's own modules."""
    heapdiff("report", *SNAPSHOTS, "-o", "report.html", directory=directory)
    with visiting((directory / "report.html").as_uri()) as page:
        page.locator("#map").get_by_role("button", name="shop", exact=True).click()
        page.get_by_role("status").get_by_text("shop").first.wait_for()
        return taken(page, "#map .mapped")


def draw_viewer(directory: Path) -> bytes:
    """The viewer on the dict of sessions: where it hangs, what it refers to."""
    with looking(directory) as address, visiting(address) as page:
        page.wait_for_selector("#spots tr:has-text('ready') >> nth=2")  # all three are read
        page.get_by_role("searchbox").fill("shop.cache.SESSIONS")
        page.get_by_role("button", name="Search").click()
        page.locator("tbody a").first.click()
        page.get_by_role("heading", name="Path from the root").wait_for()
        return taken(page, "body")


def heapdiff(*arguments: str, directory: Path) -> None:
    subprocess.run([COMMAND, *arguments], cwd=directory, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def looking(directory: Path) -> Iterator[str]:
    """The address of a viewer."""
    process = subprocess.Popen(
        [COMMAND, "view", *SNAPSHOTS, "--no-browser"], cwd=directory, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


@contextmanager
def visiting(address: str) -> Iterator[Page]:
    from tests.browser import chromium

    with chromium() as browser:
        page = browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light", reduced_motion="reduce"
        )
        page.goto(address)
        yield page


def taken(page: Page, what: str) -> bytes:
    """A screenshot of an element, at most a window high, in a palette of 256 colours."""
    import io

    from PIL import Image

    page.locator(what).scroll_into_view_if_needed()
    box = page.locator(what).bounding_box()
    assert box is not None
    top, left = box["y"] + page.evaluate("scrollY"), max(0.0, box["x"] - MARGIN)
    width, height = min(box["width"] + 2 * MARGIN, WIDTH - left), min(box["height"], float(HEIGHT))
    clip = {"x": left, "y": top, "width": width, "height": height}
    before, shot = b"", page.screenshot(full_page=True, clip=clip)
    while shot != before:  # until nothing moves any more
        page.wait_for_timeout(STILL_MS)
        before, shot = shot, page.screenshot(full_page=True, clip=clip)
    whole = Image.open(io.BytesIO(shot))
    written = io.BytesIO()
    whole.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
    if len(written.getvalue()) > MOST_BYTES:
        raise RuntimeError(f"the picture of {what} has {len(written.getvalue())} bytes")
    return written.getvalue()


PICTURES: Final[Mapping[str, Callable[[Path], bytes]]] = {
    "compare.svg": lambda directory: draw_terminal(f"heapdiff compare {' '.join(SNAPSHOTS)}", 3, directory),
    "sessions.svg": lambda directory: draw_chain("shop.cache.SESSIONS", directory),
}
PAGES: Final[Mapping[str, tuple[str, Callable[[Path], bytes]]]] = {  # and the command that each is of
    "owner-map.png": ("report", draw_owner_map),
    "viewer.png": ("view", draw_viewer),
}


def draw_all(directory: Path, target: Path) -> Iterator[Path]:
    """Draw every picture anew; the path of each."""
    pages = {name: draw for name, (command, draw) in PAGES.items() if command in COMMANDS}
    for name, draw in {**PICTURES, **pages}.items():
        (target / name).write_bytes(draw(directory))
        yield target / name
    for name in PAGES.keys() - pages.keys():
        print(f"left out {name}: there is no heapdiff {PAGES[name][0]}", file=sys.stderr)
