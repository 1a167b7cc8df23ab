"""Waits for snapshots that were asked for, and says how far each is: by the socket, else by the files that appear."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from heapdiff.agent.directory.names import parse_name
from heapdiff.errors import CaptureError, HeapdiffError, ProcessError
from heapdiff.remote.asking import Asked, names_of
from heapdiff.remote.door import Answer, ask_status
from heapdiff.remote.rights import acting_as

POLL_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a capture is: the snapshot's name once it is complete, and how many objects were walked."""

    name: str | None
    objects_so_far: int


def wait_for_all(asked: list[Asked], wait_s: float) -> Iterator[tuple[Asked, Progress | HeapdiffError]]:
    """How far each is, again and again; a name or an error is the last word about it. Ends after `wait_s`."""
    waiting, last = list(asked), time.monotonic() + wait_s
    while waiting:
        late = time.monotonic() >= last
        for each in list(waiting):
            found = look(each)
            if late and isinstance(found, Progress) and found.name is None:
                found = out_of_time(each.record.pid)
            if isinstance(found, HeapdiffError) or found.name is not None:
                waiting.remove(each)
            yield each, found
        if waiting:
            time.sleep(POLL_S)


def look(asked: Asked) -> Progress | HeapdiffError:
    try:
        with acting_as(asked.owner):
            return look_at_progress(asked)
    except HeapdiffError as error:
        return error


def out_of_time(pid: int) -> ProcessError:
    return ProcessError(
        f"process {pid}: no snapshot in time",
        f"Look for 'no snapshot' in its log, or see heapdiff doctor {pid}. Or wait longer: --wait 300",
    )


def wait_for_sibling(asked: Asked, limit_s: float) -> str | None:
    """The name of its snapshot, or None when there is none in time. Raises CaptureError with its reason."""
    last = time.monotonic() + limit_s
    while True:
        name = look_at_progress(asked).name
        if name is not None or time.monotonic() >= last:
            return name
        time.sleep(POLL_S)


def look_at_progress(asked: Asked) -> Progress:
    """How far it is. Raises CaptureError with the agent's reason, ProcessError when the process has ended."""
    pid, identity = asked.record.pid, asked.record.known_as
    alive = asked.record.is_alive()  # looked at first: it may end right after its last file was written
    answer = ask_status(asked.directory, pid, identity)
    if asked.ticket and answer is not None and answer.ticket <= asked.ticket:
        name = read_result(asked, answer)
    else:
        new = names_of(asked.directory, identity) - asked.names_before
        name = min(new, default=None)
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
            f"process {asked.record.pid}: its agent says it wrote {answer.name!r}, which is no snapshot's name",
            "What answers there may not be heapdiff. Look at the process before you ask it again.",
        )
    return name
