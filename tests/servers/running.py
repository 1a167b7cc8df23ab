"""One server in a process group of its own: started, awaited, and ended whatever happens, with all it started."""

from __future__ import annotations

import contextlib
import http.client
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self, TypeVar

from tests.cli.command import START
from tests.servers.cases import Case, scripts, which
from tests.servers.load import ask

__all__ = ["ROOT", "TOKEN", "WAIT_S", "Running", "wait_for"]

ROOT = Path(__file__).resolve().parents[2]
APP = Path(__file__).with_name("app")
SOMEBODY = ("unshare", "--user", "--map-user=1000", "--map-group=1000")  # may still read what is root's
TOKEN = "correct-horse-battery-staple"
WAIT_S = 60.0
T = TypeVar("T")


def wait_for(look: Callable[[], T], is_there: Callable[[T], object] = bool) -> T:
    """What `look` gives as soon as it is as wanted. Fails after a minute."""
    last = time.monotonic() + WAIT_S
    while not is_there(found := look()):
        assert time.monotonic() < last, f"still {found!r} after {WAIT_S:g} s"
        select_nothing()
    return found


def select_nothing() -> None:
    """Let others run for a moment."""
    time.sleep(0.01)


class Running:
    """`with Running(case, tmp_path, by_run=False) as server:`: the server answers; `pid` is what was started."""

    def __init__(
        self, case: Case, folder: Path, by_run: bool, more: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self.case = case
        self.folder = folder / "app"
        self.directory = folder / "snapshots"
        self.log = folder / "log"
        shutil.copytree(APP, self.folder, ignore=shutil.ignore_patterns("__pycache__"))
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        words = self._words()
        for name, text in case.files:
            (self.folder / name).parent.mkdir(exist_ok=True)
            (self.folder / name).write_text(text.format(**words))
        command = [word.format(**words) for word in case.command]
        if case.not_as_root and os.geteuid() == 0:
            command = [*SOMEBODY, *command]
        if by_run:
            command = [sys.executable, "-c", START, "run", "--dir", str(self.directory), "--", *command]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**self._environment(by_run), **more},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _words(self) -> dict[str, Any]:
        words: dict[str, Any] = {
            "python": sys.executable,
            "bin": scripts(),
            "port": self.port,
            "folder": self.folder,
            "prefix": sys.prefix,
        }
        if "apache2" in self.case.programs:
            words["apache2"] = which("apache2")
        if "mod_wsgi" in self.case.needs:
            words["mod_wsgi"] = find_mod_wsgi()
        return words

    def _environment(self, by_run: bool) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HEAPDIFF_")}
        kept |= {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "HEAPDIFF_TOKEN": TOKEN}
        ours = {} if by_run else {"SHOP_EXTENSION": "1", "HEAPDIFF_DIR": str(self.directory)}
        return {**kept, **ours}

    @property
    def pid(self) -> int:
        return self.process.pid

    def __enter__(self) -> Self:
        try:
            wait_for(self._answers)
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def _answers(self) -> bool:
        assert self.process.poll() is None, f"it ended with {self.process.returncode}: {self.said()}"
        try:
            return ask(self.port)[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def said(self) -> str:
        return self.log.read_text(errors="replace")[-4000:]

    def end(self) -> None:
        """Politely first; then the whole group."""
        self.process.terminate()
        try:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self.process.wait(WAIT_S)
            wait_for(lambda: list(members(self.pid)), lambda left: not left)


def members(group: int) -> Iterator[int]:
    """The processes of a group that still run."""
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError, ValueError):
                state, _parent, of = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[:3]
                if int(of) == group and state not in ("Z", "X"):
                    yield int(entry)


def find_mod_wsgi() -> str:
    """Apache's module, which the package brings."""
    spec = importlib.util.find_spec("mod_wsgi")
    assert spec is not None
    folders = [Path(folder) for folder in spec.submodule_search_locations or ()]
    return str(next(path for folder in folders for path in folder.rglob("mod_wsgi-py*.so")))
