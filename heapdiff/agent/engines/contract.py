"""What every engine offers: the functions of `_native`, which is one, the state of its last capture, and what to ask of it."""

from collections.abc import Callable
from typing import Literal, NamedTuple, Protocol, TypedDict

from heapdiff.agent.engines.headroom import Needs
from heapdiff.deployment import NOT_TOLD, Deployment

ArmResult = Literal["armed", "already", "taken"]


class Status(TypedDict):
    """The state of the last capture asked for.

    Of the last one that succeeded: `objects`, `bytes` (the Python objects', all together), and when it ended, in seconds since
    1970 (`captured_at`; 0: none did). Of all so far: `captures`, `failures`, `refused`, and how long they paused (`paused_ms`).
    """

    ticket: int
    state: Literal["idle", "running", "done", "failed"]
    name: str
    path: str
    error: str
    objects_so_far: int
    objects: int
    bytes: int
    pause_ms: float
    paused_ms: float
    captured_at: float
    walk_ms: float
    child_private_bytes: int
    captures: int
    failures: int
    refused: int


class Wish(NamedTuple):
    """What a client may want of a snapshot. A plain signal carries none, and gets the default. `force`: also where room is
    short."""

    graph: bool = True
    label: str | None = None
    values: bool = False
    force: bool = False


class Engine(Protocol):
    """As `_native.pyi` describes each function; the extension module itself is one."""

    def configure(
        self,
        directory: str,
        keep: int,
        deadline_s: float,
        version: str,
        server: str,
        argv_json: str,
        started_at: str,
        host: str,
        identity: str,
        hashes: bool = True,
        deployment: Deployment = NOT_TOLD,
        /,
    ) -> None: ...
    def automate(
        self,
        rss_bytes: int,
        rss_percent: int,
        every_s: int,
        every_requests: int,
        exit_s: int,
        interval_s: int,
        /,
    ) -> None: ...
    def bound(self, max_bytes: int, needs: Needs | None, /) -> None: ...
    def before_exit(self) -> None: ...
    def start(self) -> None: ...
    def listen(self, directory: str, socket_name: str, /) -> str | None: ...
    def follow_forks(self, settle: Callable[[], None], /) -> None: ...
    def stop(self) -> None: ...
    def arm(self, signal_number: int, /) -> ArmResult: ...
    def arm_over(self, signal_number: int, /) -> None: ...
    def arm_beside(self, signal_number: int, /) -> ArmResult: ...
    def armed(self) -> int: ...
    def request(
        self,
        trigger: str,
        label: str | None,
        directory: str | None,
        stem: str | None,
        graph: bool,
        values: bool = False,
        force: bool = False,
        /,
    ) -> int: ...
    def status(self) -> Status: ...
    @property
    def count_request(self) -> Callable[[], None]: ...
    @property
    def count_call(self) -> Callable[[str | None], None]: ...
    def start_counting(self) -> None: ...
    def requests(self) -> int: ...
    def sample(self, interval: int, seconds: int, /) -> str | None: ...
    def unsample(self) -> None: ...
    def hush(self, yes: bool, /) -> None: ...
    def watch_handler(self, seconds: float, /) -> None: ...
