"""Every engine keeps the same promises: complete files, nothing left behind, one capture at a time.

The one file that runs over all of them; what each promises beside that is tested on the native engine, and in
`test_capture_child` what the Python engine has of its own.
"""

from __future__ import annotations

import json
import re
import signal
import sys
import time
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from heapdiff.agent.directory.names import parse_name
from heapdiff.agent.engines.choice import explain_missing
from heapdiff.remote.door import ask_status
from heapdiff.snapshot import read_snapshot
from heapdiff.snapshot.sections import read_sections
from tests.agent.heapread import read_heap
from tests.agent.setups import EVERY_ENGINE, NATIVE, engine_setup
from tests.agent.target import DESCRIPTORS, Target
from tests.processes import agent_files, eventually, of_each_thread, threads_of


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A private directory."""
    (tmp_path / "snapshots").mkdir(mode=0o700)
    return tmp_path / "snapshots"


@pytest.fixture(params=EVERY_ENGINE)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def target(engine: str, directory: Path) -> Iterator[Target]:
    """For what an engine does around its walk."""
    with Target(engine_setup(engine, directory, walk=False)) as running:
        yield running


@pytest.fixture
def walking(engine: str, directory: Path) -> Iterator[Target]:
    """For what it finds."""
    with Target(engine_setup(engine, directory)) as running:
        yield running


def take(target: Target, arguments: str = "") -> dict[str, Any]:
    status = target.evaluate(f"snapshot({arguments})")
    assert status["state"] == "done", status
    return {**json.loads(Path(status["path"]).read_text()), "path": status["path"]}


def counts(summary: dict[str, Any]) -> dict[str, int]:
    return {each["type"]: each["count"] for each in summary["types"]}


def visible(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir() if not path.name.startswith("."))


def hidden(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir() if path.name.startswith("."))


def test_a_snapshot_is_complete_private_and_named_after_the_process(
    target: Target, engine: str, directory: Path
) -> None:
    summary = take(target, "'before lunch'")
    path = Path(summary["path"])
    name = parse_name(path.stem)
    assert name is not None
    assert (name.host, name.pid, name.sequence) == ("host", target.process.pid, 1)
    assert read_snapshot(path).summary.label == "before lunch"
    assert summary["process"]["pid"] == target.process.pid
    assert summary["capture"]["engine"] == engine
    assert summary["trigger"] == "api"
    assert [oct(file.stat().st_mode & 0o777) for file in directory.glob("host-*")] == ["0o600"] * 2


def test_the_summary_has_size_and_checksum_of_the_graph_as_it_lies_on_the_disk(walking: Target) -> None:
    walking.execute("many = [[] for _ in range(100_000)]")
    summary = take(walking)
    content = Path(summary["path"]).with_suffix(".heap").read_bytes()
    assert summary["graph"]["bytes"] == len(content)
    assert summary["graph"]["crc32"] == zlib.crc32(content)
    assert len(content) > 1_000_000, "more than is written at once"


def test_an_idle_process_does_not_differ_and_what_it_then_leaks_is_counted_exactly(walking: Target) -> None:
    walking.execute(
        "class Session:\n    def __init__(self, n): self.names = [f'a{n}', f'b{n}', f'c{n}']\nleak = []"
    )
    take(walking)
    before, known = take(walking), counts(take(walking))
    assert counts(before) == known
    walking.execute("leak += [Session(n) for n in range(1000)]")
    after = counts(take(walking))
    grown = {name: count - known.get(name, 0) for name, count in after.items() if count != known.get(name)}
    assert grown == {"__main__.Session": 1000, "list": 1000, "str": 3000}


def test_a_second_request_is_refused_while_one_runs(target: Target) -> None:
    tickets = target.evaluate("[engine.request('api', None, None, None, True) for _ in range(3)]")
    assert tickets == [1, 0, 0]
    status = target.evaluate("finished()")
    assert (status["state"], status["captures"], status["refused"]) == ("done", 1, 2)


def test_the_status_adds_up_what_all_captures_cost_and_tells_the_last_ones_size(target: Target) -> None:
    before = target.evaluate("engine.status()")
    assert (before["bytes"], before["paused_ms"], before["captured_at"]) == (0, 0, 0)
    first, second = target.evaluate("[snapshot(), snapshot()]")
    assert second["paused_ms"] == pytest.approx(first["pause_ms"] + second["pause_ms"])
    summary = json.loads(Path(second["path"]).read_text())
    assert second["bytes"] == summary["capture"]["bytes"]
    taken_at = datetime.fromisoformat(summary["captured_at"]).timestamp()
    assert taken_at <= second["captured_at"] <= time.time()
    assert second["captured_at"] > first["captured_at"]


def test_a_failed_capture_leaves_what_is_known_of_the_last_one(target: Target) -> None:
    good = target.evaluate("snapshot()")
    target.execute("configure(directory='/proc/nowhere')")
    bad = target.evaluate("snapshot()")
    assert (bad["state"], bad["captures"], bad["failures"]) == ("failed", 1, 1)
    lasting = ("objects", "bytes", "captured_at")
    assert [bad[key] for key in lasting] == [good[key] for key in lasting]


def test_the_signal_takes_a_snapshot_with_the_defaults_and_leaves_nothing_else(
    target: Target, directory: Path
) -> None:
    assert target.evaluate("engine.arm(signal.SIGUSR2)") == "armed"
    target.process.send_signal(signal.SIGUSR2)
    path = Path(target.evaluate("finished(1)")["path"])
    summary = read_snapshot(path).summary
    assert (summary.trigger, summary.label, summary.graph is not None) == ("signal", None, True)
    assert (visible(directory), hidden(directory)) == ([path.with_suffix(".heap").name, path.name], [])


def test_why_a_signal_brought_no_snapshot_stands_in_the_log(target: Target, directory: Path) -> None:
    target.evaluate("engine.arm(signal.SIGUSR2)")
    directory.chmod(0o777)
    target.process.send_signal(signal.SIGUSR2)
    status = target.evaluate("finished(1)")
    assert status["state"] == "failed"
    assert target.errors().count(status["error"]) == 1


def test_a_directory_that_was_removed_is_made_again(target: Target, directory: Path) -> None:
    directory.rmdir()
    assert Path(take(target)["path"]).parent == directory
    assert directory.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("trap", ["file", "link", "writable by others"])
def test_an_unfit_directory_is_a_reason_and_the_process_goes_on(
    target: Target, directory: Path, tmp_path: Path, trap: str
) -> None:
    if trap == "writable by others":
        directory.chmod(0o777)
    else:
        directory.rmdir()
    if trap == "file":
        directory.write_text("")
    elif trap == "link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        directory.symlink_to(tmp_path / "elsewhere")
    status = target.evaluate("snapshot()")
    assert (status["state"], status["failures"]) == ("failed", 1)
    assert str(directory) in status["error"]
    assert not list(tmp_path.rglob("*.json"))
    assert target.evaluate("1 + 1") == 2


def test_a_full_disk_leaves_no_file_and_a_reason(walking: Target, directory: Path) -> None:
    walking.execute("import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))")
    status = walking.evaluate("snapshot()")
    assert status["state"] == "failed"
    assert status["error"]
    assert visible(directory) == []
    assert hidden(directory) == []


def test_a_heap_that_the_collector_was_told_to_freeze_is_walked(walking: Target) -> None:
    walking.execute("class Frozen: pass\nheld = [Frozen() for _ in range(1234)]\ngc.freeze()")
    assert counts(take(walking))["__main__.Frozen"] == 1234
    assert walking.evaluate("gc.get_freeze_count()") > 1234


@pytest.mark.parametrize(
    "setting",
    [
        "gc.enable(); gc.set_threshold(100_000, 11, 12); gc.freeze()",
        "gc.set_threshold(0); gc.collect(0); gc.collect(1); gc.collect(1); gc.collect()",
    ],
)
def test_the_state_of_the_collector_is_recorded_as_the_gc_module_tells_it(
    target: Target, setting: str
) -> None:
    target.execute(setting)
    told = target.evaluate(
        "[gc.isenabled(), gc.get_threshold(), [generation['collections'] for generation in gc.get_stats()]]"
    )
    path = take(target)["path"]
    collector = read_snapshot(path).summary.collector
    assert collector is not None
    assert [collector.enabled, [*collector.thresholds], [*collector.collections]] == told
    assert abs(collector.frozen - target.evaluate("gc.get_freeze_count()")) < 50, "some were freed meanwhile"
    assert read_snapshot(Path(path).with_suffix(".heap")).summary.collector == collector


def test_only_the_newest_snapshots_of_this_process_are_kept(target: Target, directory: Path) -> None:
    others = directory / "host-1-0001-20260101T000000Z.json"
    others.write_text("{}")
    target.execute("configure(keep=2)")
    taken = [Path(take(target)["path"]).name for _ in range(3)]
    kept = [name for name in visible(directory) if name.endswith(".json")]
    assert kept == sorted([others.name, *taken[1:]])


def test_no_child_and_no_descriptor_stays_behind(target: Target) -> None:
    take(target)
    before = target.evaluate(DESCRIPTORS)
    for _ in range(3):
        take(target)
    assert target.holds_only(before)
    assert target.evaluate("children()") == []


def test_stopping_leaves_no_handler_thread_or_descriptor(target: Target) -> None:
    state = "(os.listdir('/proc/self/fd'), len(os.listdir('/proc/self/task')), repr(signal.getsignal(signal.SIGUSR2)))"
    before = target.evaluate(state)
    target.evaluate("engine.arm(signal.SIGUSR2)")
    take(target)
    target.execute("threads = len(os.listdir('/proc/self/task'))\nengine.stop()")
    target.execute("while len(os.listdir('/proc/self/task')) == threads: time.sleep(0.002)")
    assert target.evaluate(state) == before
    assert target.evaluate("engine.armed()") == 0


def test_no_thread_of_ours_takes_a_signal_away_from_the_application(target: Target, directory: Path) -> None:
    assert target.evaluate(f"engine.listen({str(directory)!r}, 'socket')") is None
    statuses = "".join(of_each_thread(target.process.pid, "status"))
    application, *ours = sorted(int(mask, 16) for mask in re.findall(r"SigBlk:\s+(\w+)", statuses))
    assert (application, len(ours)) == (0, 2)
    blockable = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}
    for mask in ours:
        assert [number for number in blockable if not mask >> number - 1 & 1] == []
    assert target.evaluate("signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()")


def test_a_stopped_engine_can_start_again(target: Target) -> None:
    target.evaluate("engine.arm(signal.SIGUSR2)")
    target.execute("engine.stop()")
    assert target.evaluate("engine.arm(signal.SIGUSR2)") == "armed"
    assert take(target)["trigger"] == "api"


def test_a_foreign_handler_is_left_alone(target: Target) -> None:
    target.execute("hits = []\nsignal.signal(signal.SIGUSR2, lambda *_: hits.append(1))")
    assert target.evaluate("engine.arm(signal.SIGUSR2)") == "taken"
    target.execute("os.kill(os.getpid(), signal.SIGUSR2)")
    assert target.evaluate("(len(hits), engine.armed())") == [1, 0]


def test_arming_twice_changes_nothing(target: Target) -> None:
    answers = target.evaluate("[engine.arm(signal.SIGUSR2), engine.arm(signal.SIGUSR2), int(engine.armed())]")
    assert answers == ["armed", "already", signal.SIGUSR2]


def test_requests_are_counted_and_stand_in_the_snapshot(target: Target) -> None:
    target.execute("for _ in range(41): assert engine.count_request() is None")
    assert target.evaluate("engine.requests()") == 41
    assert take(target)["process"]["requests"] == 41


def test_a_forked_child_of_the_host_starts_anew(target: Target) -> None:
    target.execute("engine.start()\nengine.count_request()\nread, write = os.pipe()")
    target.execute(
        "pid = os.fork()\n"
        "if pid == 0:\n"
        "    try:\n"
        "        engine.start()\n"
        "        status = snapshot()\n"
        "        os.write(write, json.dumps([status, engine.requests()]).encode())\n"
        "    finally:\n"
        "        os._exit(0)\n"
    )
    status, requests = json.loads(target.evaluate("os.read(read, 65536).decode()"))
    assert (status["ticket"], status["state"], requests) == (1, "done", 0)
    name = parse_name(Path(status["path"]).stem)
    assert name is not None
    assert name.pid == target.evaluate("os.waitpid(pid, 0)[0]")
    assert take(target)["process"]["pid"] == target.process.pid


FORKED = """
import threading, warnings
def warned():
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        pid = os.fork()
        if pid == 0:
            os._exit(0)
    os.waitpid(pid, 0)
    return len(said)
"""


@pytest.mark.parametrize("engine", [NATIVE], indirect=True)
def test_cpython_warns_of_no_fork_because_of_the_threads_of_the_engine(
    target: Target, directory: Path
) -> None:
    """They have some milliseconds to step aside, which a busy machine may not give at once. Then they are back."""
    name = agent_files(directory, target.process.pid)[1].name
    assert target.evaluate(f"engine.listen({str(directory)!r}, {name!r})") is None
    look = f"abandoned.append(is_abandoned(Path({str(directory)!r}), {name!r}))"
    target.execute(
        "from pathlib import Path\nfrom heapdiff.agent.directory.access import is_abandoned\nabandoned = []\n"
        f"os.register_at_fork(before=lambda: {look})"  # of these hooks the last one comes first: ours
    )
    target.execute("engine.follow_forks(lambda: None)\n" + FORKED)
    assert 0 in target.evaluate("[next((0 for _ in range(100) if not warned()), 1)]")
    assert ask_status(directory, target.process.pid) is not None
    eventually(
        lambda: {"heapdiff", "heapdiff-door"} <= set(threads_of(target.process.pid))
    )  # each gives itself its name
    others = target.evaluate(
        "warned()",
        "ended = threading.Event()\nthread = threading.Thread(target=ended.wait)\nthread.start()",
    )
    assert others == (sys.version_info >= (3, 12))
    target.execute("ended.set(); thread.join()")
    assert target.evaluate("list(set(abandoned))") == [False], (
        "another container would take it for a dead one's"
    )


HOSTILE = """
def boom(*_, **__):
    open(witness, "a").write("code of the application ran\\n")
    raise RuntimeError("boom")
class Angry:
    __class__ = property(boom)
    __sizeof__ = __getattr__ = __hash__ = __eq__ = __len__ = __iter__ = __bool__ = __repr__ = __getattribute__ = boom
    __del__ = boom
class Liar(type):
    __name__ = __mro__ = __dict__ = __bases__ = __flags__ = __class__ = property(boom)
    __instancecheck__ = __subclasscheck__ = __getattribute__ = __hash__ = __eq__ = boom
class Lied(metaclass=Liar):
    @property
    def secret(self): boom()
    def __init__(self): self.shown = [1]
class Keys(dict):
    items = keys = values = __iter__ = __getitem__ = __contains__ = __len__ = boom
class Rows(list):
    __iter__ = __getitem__ = __len__ = boom
class Lazy:
    def __getattr__(self, name): boom()
    def __init__(self): self.kept = [2]
import functools
class Cached:
    @functools.cached_property
    def heavy(self): boom()
    def fill(self): self.heavy = 1
class Descriptor:
    __get__ = __set__ = boom
class Described:
    field = Descriptor()
    def fill(self): self.field = 1
Odd = type("a\\n<b>[bold]\\x1b[31m" + "x" * 10_000, (), {})
zoo = [object.__new__(Angry), Lied(), Keys(a=1), Rows([1]), Lazy(), Cached(), Described(), Odd()]
deep = None
for _ in range(5_000): deep = [deep]
loop = []; loop.append(loop)
"""


@pytest.mark.parametrize("name", EVERY_ENGINE)
def test_objects_that_fight_back_are_recorded_and_none_of_their_code_runs(
    name: str, directory: Path, tmp_path: Path
) -> None:
    witness = tmp_path / "witness"
    with Target(engine_setup(name, directory) + f"witness = {str(witness)!r}\n" + HOSTILE) as target:
        witness.unlink(missing_ok=True)
        addresses = target.evaluate("[id(each) for each in zoo] + [id(deep), id(loop)]")
        summary = take(target)
        heap = read_heap(Path(summary["path"]).with_suffix(".heap"))
        assert not witness.exists()
        assert all(address in heap.types for address in addresses)
        assert target.evaluate("1 + 1") == 2


SINGLETONS = """
held = [None, True, False, ..., NotImplemented, ()]
class Holder:
    def __init__(self): self.nothing, self.empty = None, ()
holder = Holder()
"""


@pytest.mark.slow
def test_singletons_are_recorded_like_any_object(walking: Target) -> None:
    walking.execute(SINGLETONS)
    path = Path(take(walking)["path"]).with_suffix(".heap")
    heap, info = read_heap(path), json.loads(next(read_sections(path)).payload)
    none, true, false, ellipsis, *_ = addresses = walking.evaluate("[id(each) for each in held]")
    names = ["NoneType", "bool", "bool", "ellipsis", "NotImplementedType", "tuple"]
    assert [heap.types[address] for address in addresses] == names
    owner = walking.evaluate("id(held)")
    assert [found for source, _, _, found in heap.references if source == owner] == addresses
    assert (
        heap.labels_of(walking.evaluate("id(holder)")).items()
        >= {"nothing": none, "empty": addresses[-1]}.items()
    )
    assert info["singletons"] == {"none": none, "true": true, "false": false, "ellipsis": ellipsis}
    assert [heap.refcounts[address] for address in addresses] == [0] * 6  # immortal, also before 3.12
    sizes = walking.evaluate("[sys.getsizeof(each) for each in held]")
    assert [heap.sizes[address] for address in addresses] == sizes


def test_where_nothing_counts_requests_their_number_is_unknown(target: Target) -> None:
    assert take(target)["process"]["requests"] is None
    target.execute("engine.start_counting()")
    assert take(target)["process"]["requests"] == 0


def test_a_free_threaded_build_is_told_apart_from_a_missing_compiler() -> None:
    error = ImportError("No module named 'heapdiff.agent._native'")
    assert "free-threaded build of CPython" in explain_missing(error, "t")
    assert "was not built for this Python" in explain_missing(error, "")


def test_where_the_application_chooses_the_file_no_planted_link_is_followed(
    target: Target, tmp_path: Path
) -> None:
    """`heapdiff.snapshot(path)` writes where it is told, also into a directory that others share."""
    shared, kept = tmp_path / "shared", tmp_path / "kept"
    shared.mkdir()
    shared.chmod(0o1777)
    kept.write_text("kept")
    for planted in ("chosen.json", "chosen.heap", ".other.json.partial"):
        (shared / planted).symlink_to(kept)
    request = "(engine.request('api', None, {!r}, {!r}, True), finished())[1]"
    status = target.evaluate(request.format(str(shared), "chosen"))
    refused = target.evaluate(request.format(str(shared), "other"))
    assert (status["state"], refused["state"]) == ("done", "failed")
    written = [(shared / f"chosen{suffix}").lstat().st_mode for suffix in (".json", ".heap")]
    assert [oct(mode) for mode in written] == ["0o100600"] * 2
    assert kept.read_text() == "kept"
