"""Rewrite the outputs and pictures that README.md and docs/ show, from a run of the sample.

`python -m samples.leaky_shop --dir RUN`, then `python -m samples.leaky_shop.illustrate RUN`, with CPython 3.12 or later. With
`--pictures`, only the pictures. `python -m samples.fleet --dir HEAPS`, then `python -m samples.leaky_shop.illustrate HEAPS
--fleet` rewrites what `heapdiff fleet` says, and nothing else.

A shown output is a fenced block after a line `<!-- shown: COMMAND -->`. The commands see the snapshots of one worker as
`first.json`, `second.json` and `third.json`, and as process 4242 a worker that is being visited; or a fleet's as `heaps`.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from . import server, traffic
from .pictures import draw_all
from .tool import COMMAND

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
NAMES = ("first", "second", "third")
PID = "4242"
AT_ONCE = 100  # requests, before the visitors look whether it's enough
FLEET = "heapdiff fleet "
FAILS = "heapdiff fleet gate "  # with 1, when it should
SHOWN = re.compile(r"(<!-- shown: (heapdiff [^\n]*) -->\n```\n)(.*?)(```\n)", re.DOTALL)


def lay_out(run: Path, directory: Path) -> None:
    """Copy the snapshots of the run's first worker to `first`, `second` and `third`."""
    by_worker: dict[str, list[Path]] = {}
    for summary in sorted(run.glob("*-*-*-*.json")):
        by_worker.setdefault(summary.stem.rsplit("-", 2)[0], []).append(summary)
    for summary, name in zip(next(iter(by_worker.values())), NAMES, strict=True):
        shutil.copy(summary, directory / f"{name}.json")
        heap = summary.with_suffix(".heap")
        shutil.copy(heap, directory / f"{name}.heap")
        shutil.copy(heap, directory / heap.name)


@contextmanager
def visited_shop(directory: Path) -> Iterator[int]:
    """The PID of a worker that serves visitors all the time."""
    with server.serve(directory, 1, directory / "gunicorn.log") as port:
        pid, enough = traffic.find_workers(port, 1)[0], Event()

        def visit() -> None:
            while not enough.is_set():
                traffic.drive(port, [pid], AT_ONCE, lambda _: None)

        visitors = Thread(target=visit)
        visitors.start()
        try:
            yield pid
        finally:
            enough.set()
            visitors.join()


def output_of(command: str, directory: Path, pid: int | str = PID) -> str:
    """What a user sees, 80 columns wide; this machine's name becomes `web1`, the process 4242."""
    done = subprocess.run(
        ["bash", "-c", re.sub(rf"\b{PID}\b", str(pid), command)],
        cwd=directory,
        env={
            **os.environ,
            "PATH": f"{COMMAND.parent}:{os.environ['PATH']}",
            "COLUMNS": "80",
            "NO_COLOR": "1",
            "HEAPDIFF_DIR": str(directory),
        },
        capture_output=True,
        text=True,
        check=not command.startswith(FAILS),
    )
    text = re.sub(rf"\b{re.escape(socket.gethostname())}-", "web1-", done.stdout)
    text = re.sub(rf"\b{pid}\b", PID, text)
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines()) + "\n"


def refresh(page: Path, directory: Path, pid: int | str = PID, fleet: bool = False) -> None:
    def show(match: re.Match[str]) -> str:
        command = match[2]
        if command.startswith(FLEET) is not fleet:
            return match[0]
        return f"{match[1]}$ {command}\n{output_of(command, directory, pid)}{match[4]}"

    text = page.read_text()
    changed = SHOWN.sub(show, text)
    if changed != text:
        page.write_text(changed)
        print(f"rewrote {page.relative_to(ROOT)}")


def refresh_pages(directory: Path) -> None:
    with visited_shop(directory) as pid:
        for page in PAGES:
            refresh(page, directory, pid)


def show_fleet(heaps: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "heaps").symlink_to(heaps.resolve())
        for page in PAGES:
            refresh(page, Path(name), fleet=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m samples.leaky_shop.illustrate", description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--pictures", action="store_true")
    parser.add_argument("--fleet", action="store_true")
    arguments = parser.parse_args()
    if arguments.fleet:
        show_fleet(arguments.run)
        return
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        lay_out(arguments.run, directory)
        if not arguments.pictures:
            refresh_pages(directory)
        for picture in draw_all(directory, ROOT / "docs" / "images"):
            print(f"drew {picture.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
