"""`python -m tests.export.oracles.panel BEFORE AFTER [--picture FILE.png]`: Chromium's Memory panel shows what heapdiff says.

Loads two exported snapshots of one process into the panel of a second Chromium, as a user does, and reads its rows: the classes
that retain most, with their objects, bytes and retained bytes ("Summary"), and what is new and gone of each ("Comparison").
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.request import urlopen

import numpy as np

from heapdiff.analysis.growth.survivors import find_survivors
from heapdiff.analysis.reach.retained import find_topmost
from heapdiff.export.chrome.identities import number_objects
from heapdiff.export.sql.tables import Side
from tests.browser import ARGUMENTS, PROGRAMS, NoBrowserError, chromium
from tests.export.oracles.exported import Exported

if TYPE_CHECKING:
    from playwright.sync_api import Page

CLASSES: Final = 12
LISTENING: Final = re.compile(r"DevTools listening on ws://([^/]+)/")
AMOUNT: Final = re.compile(r"([\d,.]+)\s(B|kB|MB)")
UNITS: Final = {"B": 1, "kB": 1_000, "MB": 1_000_000}
MINUS: Final = "\N{MINUS SIGN}"
TIMES: Final = "\N{MULTIPLICATION SIGN}"
FIGURES: Final = 6  # of a row of the comparison
WAIT_MS: Final = 60_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.export.oracles.panel", description=__doc__)
    parser.add_argument("before", metavar="BEFORE", type=Path)
    parser.add_argument("after", metavar="AFTER", type=Path)
    parser.add_argument("--picture", metavar="FILE.png", type=Path)
    options = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as folder, devtools() as url, chromium() as browser:
            before, after = (
                Exported.make(path, Path(folder), name)
                for path, name in ((options.before, "before"), (options.after, "after"))
            )
            page = browser.new_page(viewport={"width": 1500, "height": 1000})
            page.set_default_timeout(WAIT_MS)
            page.goto(url)
            for exported in (before, after):
                load_profile(page, exported.file)
            look_at_summary(page, after)
            look_at_comparison(page, before, after)
            if options.picture:
                page.set_viewport_size({"width": 1100, "height": 620})
                page.screenshot(path=options.picture)
    except NoBrowserError as error:
        print(error, file=sys.stderr)
        return 5
    return 0


@contextmanager
def devtools() -> Iterator[str]:
    """The DevTools of a Chromium's empty page, as another one can open them. (In `inspector.html` the panel is too narrow.)"""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise NoBrowserError("there is no Chromium: apt install chromium")
    with tempfile.TemporaryDirectory() as profile:
        own = (
            "--headless=new",
            "--remote-debugging-port=0",
            "--remote-allow-origins=*",
            f"--user-data-dir={profile}",
        )
        with subprocess.Popen(
            [program, *ARGUMENTS, *own, "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                assert process.stderr is not None
                found = next(filter(None, map(LISTENING.search, process.stderr)))
                with urlopen(f"http://{found[1]}/json") as answer:
                    target = json.load(answer)[0]["webSocketDebuggerUrl"].removeprefix("ws://")
                yield f"http://{found[1]}/devtools/devtools_app.html?ws={target}&panel=heap-profiler"
            finally:
                process.terminate()


def load_profile(page: Page, file: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_label("Load profile").first.click()
    chooser.value.set_files(file)
    item = page.get_by_role("treeitem", name=file.stem).filter(has_text=re.compile("MB|kB"))
    item.click()
    row_of(page, "dict").wait_for()
    print(f"the panel loaded {' '.join(item.inner_text().split())}")


def row_of(page: Page, type_name: str):  # type: ignore[no-untyped-def]  # playwright isn't installed everywhere
    return (
        page.get_by_role("row")
        .filter(has_text=re.compile(rf"^\s*{re.escape(type_name)}({TIMES}|\d|{MINUS}|$)"))
        .first
    )


def look_at_summary(page: Page, exported: Exported) -> None:
    """Of classes without garbage, which the panel counts with the rest."""
    graph, dominance = exported.graph, exported.dominance
    garbage = {graph.type_name(node) for node in np.flatnonzero(~exported.alive).tolist()}
    rows = []
    for name in {kind.name for kind in graph.types} - garbage:
        nodes = exported.nodes_of(name)
        retained = int(dominance.retained[find_topmost(dominance, nodes)].sum())
        rows.append((retained, name, len(nodes), int(graph.sizes[nodes].sum())))
    for retained, name, count, size in sorted(rows, reverse=True)[:CLASSES]:
        page.get_by_label("Filter by class").first.fill(name)
        cells = row_of(page, name).inner_text().split("\t")
        told = cells[0].strip().removeprefix(name).removeprefix(TIMES).replace(",", "") or "1"
        print(
            f"  {name}: {count:,} objects, {size:,} bytes, {retained:,} retained; the panel: {shown(cells)}"
        )
        assert int(told) == count, cells
        assert is_about(cells[-3], size), cells
        assert is_about(cells[-2], retained), cells
    page.get_by_label("Filter by class").first.fill("")


def look_at_comparison(page: Page, before: Exported, after: Exported) -> None:
    """New and deleted ones by their numbers, exactly; beside them what `compare` proves to have survived."""
    page.get_by_role("combobox", name="Perspective").select_option("Comparison")
    page.get_by_role("columnheader", name=re.compile("# New")).wait_for()
    row_of(page, "str").wait_for()
    then, now = number_objects(before.graph), number_objects(after.graph)
    sides = Side(before.graph, "a"), Side(after.graph, "b")
    survivors = find_survivors(*sides).before_of >= 0
    rows = [row.inner_text().split("\t") for row in page.get_by_role("row").all()]
    rows = [row for row in rows if len(row) > FIGURES and row[1][:1].isdigit()]
    assert rows, "no row has any figures"
    for name, *cells in rows[:CLASSES]:
        own, nodes = set(then[before.nodes_of(name)].tolist()), after.nodes_of(name)
        came = set(now[nodes].tolist())
        new, gone = (int("".join(filter(str.isdigit, cell))) for cell in cells[:2])
        proven = int((~survivors[nodes]).sum())
        print(f"  {name}: the panel says {new:,} new and {gone:,} deleted; heapdiff proves {proven:,} new")
        assert (new, gone) == (len(came - own), len(own - came)), name


def shown(cells: list[str]) -> str:
    return " ".join(" ".join(cells).split())


def is_about(cell: str, number: int) -> bool:
    """Whether an amount is a number rounded to the digits that are shown."""
    found = AMOUNT.search(cell)
    assert found is not None, cell
    digits = found[1].replace(",", "")
    decimals = len(digits.partition(".")[2])
    unit = UNITS[found[2]]
    return abs(float(digits) * unit - number) <= 0.5001 * unit / float(10**decimals)


if __name__ == "__main__":
    sys.exit(main())
