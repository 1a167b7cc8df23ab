"""`python -m tests.benchmarks.toolbar`: what the debug toolbar's panel adds to a request, as a browser sees it.

A real `flask run --debug` or gunicorn serves a page with the toolbar. Requests take turns, and each waits until the snapshots of
the one before are written, as somebody who looks at a page does. `never`: in a process where the panel was never on, so that
nothing is sampled; `off`: in one where it's on for others; `alternating`: on, and another request came in between, so that two
snapshots are taken; `reloading`: on, and none did, so that one is.
"""

from __future__ import annotations

import argparse
import http.client
import json
import tempfile
import time
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from tests.flask.toolbar.serving_shop import SERVERS, serve

COOKIE = "fldt_active=flDebugHeapDiffPanel"
OF_ITSELF = 174_000  # objects of the app without a catalogue
EACH = 3  # a dict, a list, a number
WAIT_S = 300.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.toolbar", description=__doc__)
    parser.add_argument("--objects", type=int, default=200_000)
    parser.add_argument("--requests", type=int, default=40, help="of each kind")
    parser.add_argument("--server", choices=SERVERS, default="flask")
    options = parser.parse_args()
    entries = max(0, options.objects - OF_ITSELF) // EACH
    settings = {"SHOP_OBJECTS": str(entries), "WEB_CONCURRENCY": "1"}
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as untouched,
        serve(options.server, Path(folder), **settings) as address,
        serve(options.server, Path(untouched), **settings) as plain_address,
    ):
        visits = Visits(address, Path(folder, "tmp"))
        plain = Visits(plain_address, Path(untouched, "tmp"))
        for panel in (True, False) * 4:
            visits.ask(panel)
            plain.ask(False)
        kinds: dict[str, list[float]] = {"never": [], "off": [], "alternating": [], "reloading": []}
        for _ in range(options.requests):
            kinds["never"].append(plain.ask(False))
            kinds["off"].append(visits.ask(False))
            kinds["alternating"].append(visits.ask(True))
            kinds["reloading"].append(visits.ask(True))
        objects = visits.count_objects()
    base = median(kinds["never"])
    print(f"{options.server}, {objects:,} objects, {options.requests} requests of each kind; milliseconds")
    for kind, times in kinds.items():
        worst = sorted(times)[int(len(times) * 0.95)]
        print(
            f"{kind:<12} median {median(times):6.1f}   95 % below {worst:6.1f}   added {median(times) - base:5.1f}"
        )


class Visits:
    """Asks for a page, and waits until what it has taken is written."""

    def __init__(self, address: str, temporary: Path) -> None:
        self._place = urlsplit(address).netloc
        self._temporary = temporary

    def ask(self, panel: bool) -> float:
        """Milliseconds until the whole page is there."""
        headers = {"Accept": "text/html", **({"Cookie": COOKIE} if panel else {})}
        connection = http.client.HTTPConnection(self._place, timeout=WAIT_S)
        start = time.perf_counter()
        connection.request("GET", "/", headers=headers)
        body = connection.getresponse().read()
        took = (time.perf_counter() - start) * 1000
        connection.close()
        assert (b"<iframe src=" in body) == panel, body[-3000:]
        self._settle(panel)
        return took

    def count_objects(self) -> int:
        path = max(
            self._temporary.glob("heapdiff-toolbar-*/*/*-after.json"), key=lambda path: path.stat().st_mtime
        )
        found: int = json.loads(path.read_bytes())["capture"]["objects"]
        return found

    def _settle(self, panel: bool) -> None:
        last = time.monotonic() + WAIT_S
        while panel and not self._is_settled():
            assert time.monotonic() < last, "the snapshots were never written"
            time.sleep(0.01)
        time.sleep(0.05)  # the child's end

    def _written(self) -> list[Path]:
        return [*self._temporary.glob("heapdiff-toolbar-*/*/*.visit")]

    def _is_settled(self) -> bool:
        for path in self._written():
            try:
                visit = json.loads(path.read_bytes())
            except (FileNotFoundError, ValueError):
                return False
            assert not visit["problem"], visit
            if not visit["closed"] or not path.with_name(f"{visit['after']}.json").exists():
                return False
        return True


if __name__ == "__main__":
    main()
