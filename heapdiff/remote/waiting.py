"""Waits for snapshots that were asked for, and says how far each is: by the socket, else by the files that appear."""

import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from heapdiff.agent.directory.names import parse_name
from heapdiff.agent.directory.pruning import snapshots_of
from heapdiff.errors import CaptureError, HeapdiffError, ProcessError
from heapdiff.remote.asking import Asked, Asking, Question
from heapdiff.remote.door import Answer, Call, Conversation, conclude, converse

RARELY: Final = 20  # a directory is looked into this many times as long after as the last look took


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a capture is: the snapshot's name once it is complete, and how many objects were walked."""

    name: str | None
    objects_so_far: int


def take_all(
    questions: Mapping[int, Question], last: float, wait: bool = True
) -> Iterator[tuple[int, Asked | Progress | HeapdiffError]]:
    """Ask processes and follow each, side by side: that it was asked, then how far it is, again and again.

    The last word about each is a name, an error, or without `wait` that it was asked. Ends at `last`, by the monotonic clock,
    whatever the processes answer.
    """
    talks = [
        Conversation(pid, take(each.steps) if wait else each.steps, each.owner)
        for pid, each in questions.items()
    ]
    for talk, told in converse(talks, last):
        unfinished = isinstance(told, Asked) or (isinstance(told, Progress) and told.name is None)
        if wait and talk.ended and unfinished:
            yield talk.pid, out_of_time(talk.pid)
        else:
            yield talk.pid, told


def take(steps: Asking) -> Generator[Call | Asked | Progress, Answer | None, Asked | Progress]:
    asked = yield from steps
    yield asked
    return (yield from follow(asked))


def out_of_time(pid: int) -> ProcessError:
    return ProcessError(
        f"process {pid}: no snapshot in time",
        f"Look for 'no snapshot' in its log, or see heapdiff doctor {pid}. Or wait longer: --wait 300",
    )


def wait_for_sibling(asked: Asked, limit_s: float) -> str | None:
    """The name of its snapshot, or None when there is none in time. Raises CaptureError with its reason."""
    talk = Conversation(asked.record.pid, follow(asked), asked.owner)
    return conclude(talk, time.monotonic() + limit_s).name


def follow(asked: Asked) -> Generator[Call | Progress, Answer | None, Progress]:
    """How far it is, until it is complete. Raises like `judge`."""
    identity, due = asked.record.known_as, 0.0
    while True:
        alive = asked.record.is_alive()  # looked at first: it may end right after its last file was written
        answer = yield Call(asked.directory, asked.record.pid, "status", identity)
        began = time.monotonic()
        progress = judge(asked, answer, alive, not alive or began >= due)
        now = time.monotonic()
        due = max(due, now + RARELY * (now - began))
        if progress.name is not None:
            return progress
        yield progress


def judge(asked: Asked, answer: Answer | None, alive: bool, look: bool = True) -> Progress:
    """How far it is; its files are looked at, if `look`, only where the answer doesn't say it.

    Raises CaptureError with the agent's reason, ProcessError when the process has ended."""
    pid, name = asked.record.pid, None
    if asked.ticket and answer is not None and answer.ticket <= asked.ticket:
        name = read_result(asked, answer)
    elif look:
        new = snapshots_of(asked.place, asked.record.known_as, asked.names_before)
        name = min(map(str, new), default=None)
    if name is None and not alive:
        raise ProcessError(f"process {pid}: it ended meanwhile", "Ask another worker.")
    return Progress(name, 0 if answer is None else answer.objects_so_far)


def read_result(asked: Asked, answer: Answer) -> str | None:
    if answer.ticket != asked.ticket or answer.state not in ("done", "failed"):
        return None
    if answer.state == "failed":
        raise CaptureError(
            f"process {asked.record.pid}: no snapshot: {answer.error}",
            f"The process is unaffected. heapdiff doctor {asked.record.pid} shows what is in the way.",
        )
    name = answer.name.removesuffix(".json")
    if parse_name(name) is None:
        raise CaptureError(
            f"process {asked.record.pid}: its agent says it wrote {name[:80]!a}, which is no snapshot's name",
            "What answers there may not be heapdiff. Look at the process before you ask it again.",
        )
    return name
