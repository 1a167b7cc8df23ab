"""The native agent: trigger, fork, walk, write. All state is per process; nothing here raises into the host."""

from collections.abc import Callable
from types import CodeType

from heapdiff.agent.engines.contract import ArmResult, Status
from heapdiff.agent.engines.headroom import Needs
from heapdiff.deployment import Deployment

def self_check() -> str | None:
    """None when this interpreter can be captured natively, else the reason why not. A few milliseconds, run once."""

def configure(
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
    deployment: Deployment = ...,
) -> None:
    """Set what every later capture uses. `argv_json` is a JSON array; `server` may be empty; `identity` tells this process
    from all others that share the directory; with `hashes`, snapshots say which strings are equal; `deployment` is written as
    it is: who calls cleans it."""

def know_modules(standard: str, own: str) -> None:
    """Have snapshots record who owns each module. A line each: directories of the standard library, and packages below
    `site-packages` that are the application's."""

def know_facts(lines: str) -> None:
    """Have snapshots record numbers that libraries keep. A line for each type, as `agent.writing.facts` writes it. Raises
    ValueError."""

def automate(
    rss_bytes: int, rss_percent: int, every_s: int, every_requests: int, exit_s: int, interval_s: int
) -> None:
    """When the watcher takes a snapshot by itself; 0: not for that reason. The same rules again change nothing.

    `exit_s` also catches SIGTERM where its action is the default. Takes effect once the watcher is started.
    """

def bound(max_bytes: int, needs: Needs | None, /) -> None:
    """What snapshots may take of the directory (0: no limit), and what room is looked for beforehand (None: it is not)."""

def before_exit() -> None:
    """Wait for a last snapshot, where one is wanted, up to its limit."""

def start() -> None:
    """Start the watcher thread if this process has none. Idempotent; also right after a fork."""

def listen(directory: str, socket_name: str, /) -> str | None:
    """Open a socket in the directory; the reason where that is not possible. Idempotent, also after a fork.

    A thread of its own answers there, with its own table of descriptors. One caller at a time.
    """

def follow_forks(settle: Callable[[], None], /) -> None:
    """Have `settle` called, by a thread of its own, in each process that this one forks and that lives a moment: it starts
    the watcher, or else the thread ends. Signals of that moment are answered then."""

def stop() -> None:
    """Stop the threads, remove the socket, give the signal back and follow no more forks. Idempotent."""

def arm(signal_number: int) -> ArmResult:
    """Install the signal handler and start the watcher. `taken`: somebody else's handler stands there; untouched."""

def arm_over(signal_number: int) -> None:
    """Like `arm`, but replace a foreign handler (known servers' own)."""

def arm_beside(signal_number: int) -> ArmResult:
    """Like `arm_over`, and each signal goes on to the foreign handler, which must be plain C."""

def armed() -> int:
    """The signal whose handler is ours and in place in this process now; 0 when there is none."""

def request(
    trigger: str,
    label: str | None,
    directory: str | None,
    stem: str | None,
    graph: bool,
    values: bool = False,
    force: bool = False,
) -> int:
    """Ask the watcher for a capture; returns its ticket, or 0 when one is running already.

    `directory` and `stem` override where the files go (the Python API's `path`); `values` has what strings and
    numbers hold written, too; `force` takes it also where room is short.
    """

def status() -> Status:
    """The last capture's state. Poll it until `ticket` matches and `state` is `done` or `failed`.

    While it's `running`, `pause_ms` is 0 until the child has its copy of the heap.
    """

def count_request() -> None:
    """One more request served; read by captures as `process.requests`."""

def count_call(endpoint: str | None, /) -> None:
    """One more call of a Flask app's endpoint, None if the request has none; read by captures as `process.endpoints`.

    Up to 384 endpoints, by their str objects, which it keeps alive. Takes anything, never raises; 30 ns.
    """

def start_counting() -> None:
    """From now on `process.requests` is a number, also in processes forked from this one; before, it is null."""

def requests() -> int: ...
def watch_handler(seconds: float) -> None:
    """For this long, let the watcher re-install the handler if the server resets it to the default."""

def has_access_list(path: str, /) -> bool:
    """Whether a file has a POSIX access list of its own; asks the system, as `os.listxattr` does where CPython has it."""

def hush(yes: bool, /) -> None:
    """Whether to keep from standard error which snapshots were written, or why none was."""

def sample(interval: int, seconds: int, /) -> str | None:
    """Sample allocations, one each `interval` bytes on average, for so many seconds (0: until `unsample`). The reason where that
    is not possible. Goes on, with its samples, if it runs at this interval; at another it begins anew."""

def unsample() -> None:
    """Sample no more and forget all samples. Idempotent."""

def sampling() -> dict[str, int]:
    """`on`, `interval`, `seconds_left` (0: it doesn't stop by itself), and how many samples were `taken`, `lost`, are `live`."""

def lines_watch(code: CodeType, first_line: int, lines: int, /) -> str | None:
    """Count what is allocated while this code runs, and the calls of it and runs of its lines. The reason where that is not
    possible. Idempotent."""

def lines_start() -> str | None:
    """Count from zero. The reason where that is not possible. The sampler may be on."""

def lines_stop() -> bool:
    """Count no more; the figures stay. False when another profiler took the hook out meanwhile. Idempotent."""

def lines_forget() -> None:
    """Stop, and forget the code and its figures."""

def lines_read() -> tuple[
    list[tuple[list[tuple[CodeType, int]], int, int, int, int]],
    list[tuple[CodeType, int, int, list[int]]],
    int,
]:
    """The figures: of each stack of watched code, outermost first, with its lines: allocated bytes and blocks, and the bytes and
    blocks of those that are still there. Of each code object: the first line, calls, and runs of each line. Blocks that weren't
    counted for want of room."""

def lines_trace(on: bool, /) -> bool:
    """CPython 3.11: have lines counted in this thread. False where another tool traces it, and on later versions."""

def on_line(code: CodeType, line: int, /) -> None:
    """For `sys.monitoring`: a line is about to run. Takes back what was allocated to say so."""

def on_call(code: CodeType, offset: int, /) -> None:
    """For `sys.monitoring`: a function begins."""

def _sampling_tick() -> None:
    """What the watcher does from time to time while samples are taken."""

def _is_hooked() -> bool:
    """Whether Python's allocators call the sampler, also where it is off."""

def _samples() -> list[tuple[int, int, list[tuple[str, str, int]]]]:
    """Address and bytes of each live sample, with file, function and line of its frames, innermost first. For tests."""

def _layout() -> list[tuple[str, int, int]]:
    """What the interpreter publishes of its structs (3.13 on): name, offset in this process, offset compiled in."""

def _verify(
    sizes: list[tuple[int, int]], references: list[tuple[int, str, int]], tracked: list[int]
) -> str | None:
    """Walk in a child and compare: shallow sizes by address, references by owner and name, tracked objects."""

def _code_place(code: CodeType, /) -> tuple[str, int, str, str]:
    """Where samples say that code is from: file, owner (0: unknown), distribution, function; empty for what may be data."""

def _pending() -> dict[str, int] | None:
    """Where this interpreter queues calls for its main thread: addresses and offsets. None where it is unknown."""

def fork_apart(kept: int, /) -> int:
    """Like `os.fork`, for a child that goes on in Python, does some work and ends: nobody's `os.register_at_fork` functions run
    in either, and 3.12 doesn't warn. The caller holds the import lock.

    The child has one descriptor, `kept`, and streams that lead nowhere; all signals are blocked; it leaves no core file and ends
    with the thread that forked it.
    """

def _bare_fork() -> float:
    """Seconds that one fork(2) takes whose child ends at once. For benchmarks."""

def _crash_after(records: int) -> None:
    """Fault injection for tests: the next capture's child dies after this many records."""

def _history(samples: list[tuple[int, int, int]], now_ns: int, /) -> str:
    """For tests, in a process without a watcher: what a snapshot says of these samples: nanosecond, RSS, requests."""
