"""Speaks to agents through their sockets: one line asks, one line of JSON answers, and the connection ends.

`heapdiff/1 status` asks for the state, `heapdiff/1 snapshot graph=1 values=0 label=TEXT` for a snapshot, with `force=1`
before the label even where room looks too short, with `to=DIRECTORY` and a unit separator before `snapshot` for one
elsewhere; `heapdiff/1 sample every=BYTES for=SECONDS` has allocations sampled, `heapdiff/1 sample off` no more;
`heapdiff/1 trim` has malloc give free memory back.
A snapshot is being taken when `accepted` is the answer; an agent from before `force` answers `unknown` to that word, and
isn't sent it without need. What comes back is another process's word: read as such. Several are spoken to side by side: one
that's slow, or sends a byte now and then, is in nobody else's way.
"""

from __future__ import annotations

import math
import os
import selectors
import socket
import time
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, Protocol, TypeVar

from heapdiff.agent.directory.access import is_trusted, peer_of
from heapdiff.agent.directory.names import SOCKET
from heapdiff.agent.engines.contract import Wish
from heapdiff.agent.system.identity import Identity, see_process
from heapdiff.agent.system.procfs import read_process
from heapdiff.answers import Sampling
from heapdiff.errors import HeapdiffError
from heapdiff.fields import Fields, parse_fields
from heapdiff.remote.rights import Owner, acting_as

Told = TypeVar("Told")
VERSION: Final = "heapdiff/1"
TIMEOUT_S: Final = 5.0
MAX_ANSWER_BYTES: Final = 65536
FORKING_S: Final = 0.5
RETRY_S: Final = 0.01
PAUSE_S: Final = 0.05
CLOSED: Final = (ConnectionRefusedError, ConnectionResetError, BrokenPipeError, FileNotFoundError)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an agent says. `answer`: status, accepted, busy, sample, later, refused (and the `reason`), watching, trim, or
    unknown; the rest is as in `Status`. `sample`: what it samples; None: nothing, or it's too old to say. `watch` and `trim`:
    as they came, if they were asked about.

    `state`, `name` and `error` are those of the capture `ticket`, but right after `accepted` the name is still
    that of the one before.
    """

    answer: str
    pid: int
    ticket: int
    state: str
    name: str
    error: str
    objects_so_far: int
    captures: int
    failures: int
    requests: int | None
    signal: int
    reason: str = ""
    sample: Sampling | None = None
    watch: Fields | None = None
    trim: Fields | None = None


def ask_status(directory: Path, pid: int, identity: Identity | None = None) -> Answer | None:
    """The agent's state; None where no socket answers. `identity`: whose number it is, where that is known."""
    return call(directory, pid, "status", identity)


def ask_for_snapshot(
    directory: Path, pid: int, wish: Wish, identity: Identity | None = None, to: Path | None = None
) -> Answer | None:
    """Ask for a snapshot, elsewhere with `to`; None where no socket answers."""
    return call(directory, pid, order_for(wish, to), identity)


def order_for(wish: Wish, to: Path | None = None) -> str:
    label = " ".join((wish.label or "").split()).encode("utf-8", "replace")[:1000].decode("utf-8", "ignore")
    place = "" if to is None else f"to={to}\x1f"
    force = "force=1 " if wish.force else ""
    return f"{place}snapshot graph={int(wish.graph)} values={int(wish.values)} {force}label={label}"


def call(directory: Path, pid: int, order: str, identity: Identity | None) -> Answer | None:
    """What the agent answers; None where the process is none that we see, or its socket does not answer."""
    made = Call(directory, pid, order, identity)
    while not made.advance():
        wait_for([made])
    return made.answer


class Call:
    """One order on its way to one agent; `answer` is as `call` returns it, once `advance` says that it has ended.

    Its thread may step aside for a fork of the application, so a closed door is tried again.
    """

    def __init__(self, directory: Path, pid: int, order: str, identity: Identity | None = None) -> None:
        if identity is None and (seen := see_process(pid)):
            identity = seen.identity
        self.answer: Answer | None = None
        self.door: socket.socket | None = None
        self.due = 0.0
        self._directory, self._pid, self._identity = directory, pid, identity
        self._line = f"{VERSION} {order}\n".encode()
        self._received = b""
        self._began = time.monotonic()
        self._ended = identity is None

    def advance(self) -> bool:
        """Go on as far as that needs no waiting: until `door` can be read, or `due`. Whether it has ended."""
        now = time.monotonic()
        self.due = self._began + TIMEOUT_S
        if now >= self.due:
            self.end()
        if self._ended:
            return True
        try:
            self._knock()
            self._listen()
        except BlockingIOError:
            if self.door is None:  # as many as may wait there do
                self.due = now + RETRY_S
        except CLOSED:
            self._hang_up()
            self.due = now + RETRY_S
            if now >= self._began + FORKING_S or read_process(self._pid) is None:
                self.end()
        except OSError:
            self.end()
        return self._ended

    def end(self) -> None:
        self._hang_up()
        self._ended = True

    def _knock(self) -> None:
        if self.door is None and self._identity is not None:
            self.door = open_socket(self._directory, self._pid, SOCKET.format(self._identity))
            self.door.sendall(self._line)

    def _listen(self) -> None:
        """Up to the end of the line. Not of the connection: a process forked meanwhile may hold that open."""
        while self.door is not None and self._identity is not None:
            part = self.door.recv(MAX_ANSWER_BYTES)
            self._received += part
            if not self._received:
                raise ConnectionResetError
            if not part or part.endswith(b"\n") or len(self._received) > MAX_ANSWER_BYTES:
                self.answer = read_answer(self._received, self._identity.pid)
                self.end()

    def _hang_up(self) -> None:
        if self.door is not None:
            self.door.close()
        self.door, self._received = None, b""


class Conversation(Generic[Told]):
    """What is said to one process, with the rights of its owner, or ours: `steps` yield calls, and are sent their answers.

    Whatever else they yield is told to who listens, and after a pause they go on.
    """

    def __init__(
        self,
        pid: int,
        steps: Generator[Call | Told, Answer | None, Told],
        owner: Owner | None,
        pause_s: float = PAUSE_S,
    ) -> None:
        self.pid = pid
        self.ended = False
        self._steps = steps
        self._owner = owner
        self._pause_s = pause_s
        self._call: Call | None = None
        self._due = 0.0

    @property
    def door(self) -> socket.socket | None:
        return None if self._call is None else self._call.door

    @property
    def due(self) -> float:
        return self._due if self._call is None else self._call.due

    def advance(self, late: bool) -> Told | HeapdiffError | None:
        """What there is to tell now. `late`: no answer is waited for any more, and this is the end."""
        self.ended = late
        try:
            with acting_as(self._owner):
                return self._advance(late)
        except StopIteration as end:
            self.ended = True
            told: Told = end.value
            return told
        except HeapdiffError as error:
            self.ended = True
            return error

    def _advance(self, late: bool) -> Told | None:
        answer = None
        while True:
            if self._call is not None:
                if not self._call.advance() and not late:
                    return None
                self._call.end()
                answer, self._call = self._call.answer, None
            step = self._steps.send(answer)
            if not isinstance(step, Call):
                self._due = time.monotonic() + self._pause_s
                return step
            self._call = step

    def close(self) -> None:
        if self._call is not None:
            self._call.end()
        self._steps.close()


def converse(
    talks: Iterable[Conversation[Told]], last: float = math.inf
) -> Iterator[tuple[Conversation[Told], Told | HeapdiffError]]:
    """Hold conversations side by side, until `last` by the monotonic clock; what each tells, and whose it is.

    A conversation's last word is a result, an error, or where it was when time ran out.
    """
    held = list(talks)
    going = ready = list(held)
    try:
        while going:
            late = time.monotonic() >= last
            for talk in going if late else ready:
                if (told := talk.advance(late)) is not None:
                    yield talk, told
            going = [talk for talk in going if not talk.ended]
            ready = wait_for(going, last)
    finally:
        for talk in held:
            talk.close()


def conclude(talk: Conversation[Told], last: float = math.inf) -> Told:
    """The result of a conversation, or where it was at `last`. Raises its error."""
    *_, (_, told) = converse([talk], last)
    if isinstance(told, HeapdiffError):
        raise told
    return told


class Waiting(Protocol):
    """Something that goes on when a socket can be read, and at a time in any case."""

    @property
    def door(self) -> socket.socket | None: ...
    @property
    def due(self) -> float: ...


Waits = TypeVar("Waits", bound=Waiting)


def wait_for(those: list[Waits], last: float = math.inf) -> list[Waits]:
    """Wait until some can go on, until `last` at most; those that can."""
    if not those:
        return []
    with selectors.DefaultSelector() as selector:
        for each in those:
            if each.door is not None:
                selector.register(each.door, selectors.EVENT_READ, each)
        until = min(last, *(each.due for each in those))
        heard = {id(key.data) for key, _ in selector.select(max(0.0, until - time.monotonic()))}
    now = time.monotonic()
    return [each for each in those if id(each) in heard or each.due <= now]


def open_socket(directory: Path, pid: int, name: str) -> socket.socket:
    """Connected to the socket of this very process, which is this user's or root's. Waits for nothing. Raises OSError.

    Whoever listens there is known by the kernel, under the number that he has here; 0 is one of another container.

    An address is 107 bytes at most, a directory's name may be longer: the way is its descriptor.
    """
    folder = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            door.setblocking(False)
            door.connect(f"/proc/self/fd/{folder}/{name}")
            if not is_trusted(door) or peer_of(door)[0] != pid:
                raise PermissionError("somebody else listens there")
        except BaseException:
            door.close()
            raise
        return door
    finally:
        os.close(folder)


def read_answer(content: bytes, pid: int) -> Answer | None:
    """The answer, or None where it is none that this version understands."""
    if len(content) > MAX_ANSWER_BYTES:
        return None
    try:
        fields = parse_fields(content)
        answer = Answer(
            answer=fields.text("answer"),
            pid=fields.integer("pid"),
            ticket=fields.integer("ticket"),
            state=fields.text("state"),
            name=fields.text("name"),
            error=fields.text("error"),
            objects_so_far=fields.integer("objects_so_far"),
            captures=fields.integer("captures"),
            failures=fields.integer("failures"),
            requests=fields.optional_integer("requests"),
            signal=fields.integer("signal"),
            reason=fields.text("reason", ""),
            sample=read_sampling(fields.optional_object("sample")),
            watch=fields.optional_object("watch"),
            trim=fields.optional_object("trim"),
        )
    except ValueError:
        return None
    return answer if answer.pid == pid else None


def read_sampling(fields: Fields | None) -> Sampling | None:
    if fields is None:
        return None
    return Sampling(
        bytes=fields.integer("bytes"),
        live=fields.integer("live"),
        taken=fields.integer("taken"),
        lost=fields.integer("lost"),
        seconds_left=fields.integer("seconds_left") or None,
    )
