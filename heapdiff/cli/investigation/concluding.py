"""From what was taken to the answer: the comparison, what happened meanwhile, and what to type next."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from shlex import join
from typing import TYPE_CHECKING, Final

from heapdiff.analysis.comparison.notes import UNSAMPLED
from heapdiff.answers import Comparison, Comparisons, VerdictKind
from heapdiff.cli.comparison.comparing import Named, compare_named
from heapdiff.cli.investigation.following import ENOUGH, SHOTS, Circumstances, Followed, Shot
from heapdiff.cli.investigation.progress import KILLED
from heapdiff.errors import CaptureError, HeapdiffError, ProcessError
from heapdiff.remote.rights import acting_as, other_than_us
from heapdiff.render.amounts import size

if TYPE_CHECKING:
    from heapdiff.cli.processes.capturing import Written

BLAMED: Final = (VerdictKind.LEAK, VerdictKind.GROWTH, VerdictKind.NATIVE)
OPEN: Final = (VerdictKind.GROWTH, VerdictKind.INCONCLUSIVE)
WITHOUT_GRAPH: Final = "no graph"


def conclude(processes: Sequence[Followed], how: Circumstances) -> Comparison | Comparisons:
    """The answer to `compare`, with notes on what happened and the next commands. Raises HeapdiffError if there is none."""
    _let_go_of_deleted(processes)
    enough = [each for each in processes if len(_whole(each)) >= ENOUGH]
    if not enough:
        raise nothing_to_compare(processes, how)
    shots = [shot for each in processes for shot in each.shots]
    try:
        answer = compare_named(
            [
                Named(shot.snapshot, str(shot.written.path), other_than_us(shot.written.owner))
                for shot in shots
            ]
        )
    except (HeapdiffError, OSError):
        if not _let_go_of_deleted(processes):
            raise
        return conclude(processes, how)
    by_path = {str(shot.written.path): each for each in processes for shot in each.shots}
    if isinstance(answer, Comparison):
        return _add(answer, by_path[answer.snapshots[-1].path], how)
    whose = [by_path[each.snapshots[-1].path] for each in answer.processes]
    parts = tuple(
        _add(part, process, how, f"leak-{process.pid}")
        for part, process in zip(answer.processes, whose, strict=True)
    )
    others = [each for each in processes if each not in enough]
    told = [note for each in others for note in _notes(each, how)]
    return replace(answer, processes=parts, notes=(*answer.notes, *told))


def _let_go_of_deleted(processes: Sequence[Followed]) -> bool:
    """A process keeps its newest snapshots, as many as it was told, and so many bytes of them; one that ends may take its disk
    with it. True if there were any."""
    found = 0
    for process in processes:
        there = [shot for shot in process.shots if _is_there(shot.written)]
        found += len(process.shots) - len(there)
        process.deleted, process.shots = process.deleted + len(process.shots) - len(there), there
    return found > 0


def _is_there(written: Written) -> bool:
    with acting_as(written.owner):
        return os.path.exists(written.reached)


def _whole(process: Followed) -> list[Shot]:
    """Those that count all objects; beside them one that had no memory to is left out."""
    return [shot for shot in process.shots if shot.snapshot.summary.capture.counted == "all"]


def nothing_to_compare(processes: Sequence[Followed], how: Circumstances) -> HeapdiffError:
    """Why, of the first process that a snapshot was taken of."""
    process = next((each for each in processes if each.shots or each.deleted), processes[0])
    pid = process.pid
    taken = f"there is only one snapshot of it ({process.shots[0].written.path})" if process.shots else ""
    lost = _tell_deleted(process) if process.deleted else ""
    if process.ended:
        parts = (f"process {pid}: it has ended", KILLED * process.killed, taken, lost)
        message = "; ".join(filter(None, parts))
        return ProcessError(message, _replaced(process, how) or "List the workers: heapdiff ps")
    if len(process.shots) >= ENOUGH:
        first, last = (
            shot.snapshot.summary.memory.rss_bytes for shot in (process.shots[0], process.shots[-1])
        )
        return CaptureError(
            f"process {pid}: memory was too short to count its objects, so there is nothing to compare; "
            f"it went from {size(first)} to {size(last)}",
            f"Free memory or raise its limit and repeat this, or take all of it: {_again(process, how, '--force')}",
        )
    if process.deleted:
        return ProcessError(
            f"process {pid}: {_tell_deleted(process)}", "Restart it with a larger HEAPDIFF_KEEP."
        )
    later = join(("heapdiff", "compare", *(str(shot.written.path) for shot in process.shots)))
    return ProcessError(
        f"process {pid}: {taken}", f"Take a later one with heapdiff snapshot {pid}, then: {later} LATER.json"
    )


def _add(comparison: Comparison, process: Followed, how: Circumstances, name: str = "leak") -> Comparison:
    """Without the note on how to get samples: that is among the commands, where there is still somebody to take them of.

    `name` is that of the files that the commands write: of several processes, one mustn't replace another's.
    """
    notes = [note for note in comparison.notes if not note.startswith(UNSAMPLED)]
    return replace(
        comparison,
        notes=(*notes, *_notes(process, how)),
        commands=tuple(map(join, _commands(comparison, process, how, name))),
    )


def _notes(process: Followed, how: Circumstances) -> Iterator[str]:
    if process.deleted:
        yield f"PID {process.pid}: {_tell_deleted(process)}."
    taken = f"{len(process.shots)} of {SHOTS} snapshots"
    if process.ended:
        why = f"; {KILLED}" if process.killed else ""
        ended = f"PID {process.pid} ended after {taken}{why}."
        yield " ".join(filter(None, (ended, _replaced(process, how))))
    elif how.interrupted:
        yield f"The wait was ended early, after {taken}."
    elif process.error is not None and not process.deleted:
        yield f"Only {taken} could be taken: {process.error.message.removeprefix(f'process {process.pid}: ')}."


def _tell_deleted(process: Followed) -> str:
    were = "one snapshot was" if process.deleted == 1 else f"{process.deleted} snapshots were"
    if process.ended and process.agent.folder.root is not None:
        return f"{were} on a disk that only its container had, and went with it"
    return f"{were} deleted meanwhile to make room for later ones (HEAPDIFF_KEEP, HEAPDIFF_MAX_BYTES)"


def _replaced(process: Followed, how: Circumstances) -> str:
    if process.successor is None:
        return ""
    again = join(_investigate(process.successor, how))
    return f"PID {process.successor} was started in its place: {again}"


def _lacks_room(process: Followed) -> bool:
    summaries = [shot.snapshot.summary for shot in process.shots]
    return any(note.startswith(WITHOUT_GRAPH) for each in summaries for note in each.notes)


def _commands(
    comparison: Comparison, process: Followed, how: Circumstances, name: str
) -> Iterator[list[str]]:
    """The first shows who keeps it, the last is for others to read; between them what would make the answer surer."""
    kind = comparison.verdict.kind
    drawn = [str(shot.written.path) for shot in _whole(process) if shot.snapshot.heap is not None]
    if comparison.suspects and kind is not VerdictKind.STABLE:
        yield ["heapdiff", "graph", drawn[-1], "--since", drawn[0], "-o", f"{name}.svg"]
    if kind is VerdictKind.STABLE and drawn:
        yield ["heapdiff", "advise", *drawn]
    if not process.ended:
        yield from _ask_again(comparison, process, how)
    if kind in BLAMED:
        yield [
            "heapdiff",
            "compare",
            *(each.path for each in comparison.snapshots),
            "--bundle",
            f"{name}.zip",
        ]


def _ask_again(comparison: Comparison, process: Followed, how: Circumstances) -> Iterator[list[str]]:
    kind = comparison.verdict.kind
    named = process.agent.record.engine != "native" or not comparison.suspects or _is_named(comparison)
    unsampled = any(note.startswith(UNSAMPLED) for note in comparison.notes)
    again = replace(
        how, sampled=how.sampled or (unsampled and not named)
    )  # it may sample without being asked to
    if kind is VerdictKind.FRAGMENTATION:
        yield ["heapdiff", "trim", str(process.pid)]
    if _lacks_room(process):
        yield _investigate(process.pid, how, "--force")
    elif kind in OPEN or (how.interrupted and kind in BLAMED):
        longer = how.seconds if how.interrupted else 2 * how.seconds
        yield _investigate(process.pid, replace(again, seconds=longer))
    elif kind in BLAMED and not named:
        longer = how.seconds if unsampled else 2 * how.seconds
        yield _investigate(process.pid, replace(again, seconds=longer))


def _is_named(comparison: Comparison) -> bool:
    """Whether samples say who allocated what a suspect keeps."""
    return any(suspect.is_allocation_known for suspect in comparison.suspects)


def _investigate(pid: int, how: Circumstances, *more: str) -> list[str]:
    place = [] if how.directory is None else ["--dir", str(how.directory)]
    sample = ["--sample"] if how.sampled else []
    return ["heapdiff", "investigate", str(pid), "--for", _period(how.seconds), *sample, *more, *place]


def _period(seconds: int) -> str:
    """`90s`, `5m`, `1h`: as `--for` takes it."""
    for unit, name in ((3600, "h"), (60, "m")):
        if seconds % unit == 0:
            return f"{seconds // unit}{name}"
    return f"{seconds}s"


def _again(process: Followed, how: Circumstances, *more: str) -> str:
    return join(_investigate(process.pid, how, *more))
