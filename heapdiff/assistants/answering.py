"""The tools as plain functions from checked arguments to bounded text. One question is worked on at a time; no graph is kept."""

import asyncio
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from heapdiff.assistants import questions
from heapdiff.assistants.bounding import PICTURE_BYTES, quote
from heapdiff.assistants.places import Places
from heapdiff.assistants.running import Output, Tell, end_all, run, tell_nobody
from heapdiff.errors import HeapdiffError, ProcessError, SnapshotError, UsageError
from heapdiff.escaping import escape_terminal
from heapdiff.model import Summary

MOST_LISTED: Final = 40
_scratch: set[str] = set()


@dataclass(frozen=True, slots=True)
class Desk:
    """What the tools work with: the directories, and a lock, so that a second question waits for the first."""

    places: Places
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ask(self, arguments: Sequence[str], tell: Tell = tell_nobody) -> Output:
        async with self.lock:
            return await run(arguments, tell)

    async def answer(self, arguments: Sequence[str], tell: Tell = tell_nobody) -> str:
        """What the command line prints, and below it what else it says of it."""
        output = await self.ask(arguments, tell)
        return quote(f"{output.printed.rstrip()}\n{output.said}")

    async def list(self, tell: Tell = tell_nobody) -> str:
        """The snapshots, latest first, and the processes that can be asked for one."""
        found, bare = await asyncio.to_thread(_read_all, self.places)
        lines = [_describe_snapshot(self.places, path, summary) for path, summary in found[:MOST_LISTED]]
        if len(found) > MOST_LISTED:
            lines.append(f"... and {len(found) - MOST_LISTED:,} earlier snapshots")
        lines += [f"{self.places.name_of(path)}: without its .json" for path in bare[:MOST_LISTED]]
        running = await self.processes(tell)
        head = (
            f"{len(found):,} snapshots in {self.places}, latest first:"
            if found or bare
            else f"no snapshots in {self.places}"
        )
        below = (
            "processes that can be asked for a snapshot:"
            if running
            else "no process with an agent runs there"
        )
        return quote("\n".join([head, *lines, "", below, *map(_describe_process, running.values())]))

    async def processes(self, tell: Tell = tell_nobody) -> Mapping[int, Mapping[str, Any]]:
        """What `ps` says of each process that has its agent in one of the directories, by pid."""
        found: dict[int, Mapping[str, Any]] = {}
        for directory in self.places.directories:
            told = json.loads((await self.ask(questions.processes(directory), tell)).printed)
            for each in told["processes"]:
                found[int(each["pid"])] = {**each, "at": directory}
        return found

    async def process(self, pid: int, tell: Tell = tell_nobody) -> Mapping[str, Any]:
        """One of those. Raises ProcessError."""
        found = (await self.processes(tell)).get(pid)
        if found is None:
            raise ProcessError(
                f"no process {pid} has an agent in {self.places}", "The tool list names those that have."
            )
        return found

    async def snapshot(self, pid: int, label: str, tell: Tell = tell_nobody) -> str:
        """Take one of a process that has its agent in one of the directories; that is where it writes it."""
        process = await self.process(pid, tell)
        output = await self.ask(questions.snapshot(pid, process["at"], label), tell)
        names = [self.places.name_of(Path(line)) for line in output.printed.splitlines()]
        return quote("\n".join(["taken:", *names, output.said]))

    async def graph(
        self, snapshot: str, since: str, chosen: dict[str, str], tell: Tell = tell_nobody
    ) -> tuple[str, str]:
        """What there is to say of a picture, and the picture as SVG. It's drawn in a private directory that goes."""
        with scratch_directory() as directory:
            output = Path(directory, "picture.svg")
            told = await self.ask(questions.graph(self.places, snapshot, since, chosen, output), tell)
            size = output.stat().st_size
            if size > PICTURE_BYTES:
                raise UsageError(
                    f"the picture is too large: {size:,} of at most {PICTURE_BYTES:,} bytes",
                    "Draw one holder or address, or ask why or tree.",
                )
            return quote(f"a picture, {size:,} bytes\n{told.said}"), output.read_text("utf-8")


@contextmanager
def scratch_directory() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="heapdiff-picture-", ignore_cleanup_errors=True) as directory:
        _scratch.add(directory)
        try:
            yield directory
        finally:
            _scratch.discard(directory)


def leave_nothing() -> None:
    """End what is being worked on and remove what is being drawn, for this process ends now."""
    end_all()
    for directory in _scratch:
        shutil.rmtree(directory, ignore_errors=True)


def _read_all(places: Places) -> tuple[list[tuple[Path, Summary]], list[Path]]:
    """Every snapshot whose summary can be read, latest first, and the graphs without one: to read a summary out of these takes
    as long, and as much memory, as whoever wrote them likes, which only the command line limits."""
    from heapdiff.snapshot import list_snapshots, read_snapshot
    from heapdiff.snapshot.packing import plain_name

    found, bare = [], []
    for directory in places.directories:
        try:
            paths = list_snapshots(directory)
        except SnapshotError:
            continue
        for path in paths:
            if escape_terminal(path.name) != path.name:  # nobody could ask for it
                continue
            if plain_name(path).suffix == ".heap":
                bare.append(path)
                continue
            with suppress(HeapdiffError):
                found.append((path, read_snapshot(path).summary))
    return sorted(found, key=lambda each: (each[1].captured_at, each[1].id), reverse=True), bare


def _describe_snapshot(places: Places, path: Path, summary: Summary) -> str:
    process, memory = summary.process, summary.memory
    requests = "" if process.requests is None else f", {process.requests:,} requests"
    label = f", label {summary.label!r}" if summary.label else ""
    graph = "" if summary.graph else ", no references"
    release = f", release {process.short_release}" if process.release else ""
    return escape_terminal(
        f"{places.name_of(path)}: {summary.captured_at[:19]}, pid {process.pid}{requests}, "
        f"{summary.capture.objects:,} objects, {summary.capture.bytes:,} bytes, RSS {memory.rss_bytes:,}{release}{label}{graph}"
    )


def _describe_process(process: Mapping[str, Any]) -> str:
    requests = "" if process["requests"] is None else f", {process['requests']:,} requests"
    sampling = ", sampling" if process["sample"] else ""
    ready = "" if process["armed"] else f", can't be asked: {process['reason']}"
    return escape_terminal(
        f"pid {process['pid']}: {process['server']} {process['role']}{requests}{sampling}{ready}"
    )
