"""Feeds damaged words of other processes to who reads them: `python -m tests.fuzz.fuzz_words TARGET [libFuzzer options]`.

A target is `record`, `answer` or `summary`. Whatever it says, the answer is an error of that process or file, or values of the
types that they claim to be. Starts from what real agents wrote; half of the mutations put JSON of any shape in the place of
a value, the others are of bytes. `.ci/steps/fuzz.sh` runs all three.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, get_type_hints

import atheris

with atheris.instrument_imports(
    include=["heapdiff.agent.directory", "heapdiff.fields", "heapdiff.remote", "heapdiff.snapshot"]
):
    from heapdiff.agent.directory.names import RECORD
    from heapdiff.agent.directory.registry import AgentRecord, read_agent, read_record
    from heapdiff.agent.engines.contract import Wish
    from heapdiff.agent.system.identity import Identity
    from heapdiff.errors import CaptureError, SnapshotError
    from heapdiff.remote.asking import Asked, ask_sibling
    from heapdiff.remote.describing import restriction
    from heapdiff.remote.door import MAX_ANSWER_BYTES, VERSION, open_socket, read_answer
    from heapdiff.remote.waiting import judge, wait_for_sibling
    from heapdiff.snapshot import read_snapshot

from heapdiff.cli import main as heapdiff
from tests.agent.directory.records import HOSTILE_RECORDS
from tests.cli.targets import WAITING, running
from tests.processes import agent_files

DEFAULTS: Final = ("-max_len=20000", "-timeout=10", "-rss_limit_mb=1024")
ENGINES: Final = ("native", "gc")
AGENT: Final = "import heapdiff\nheapdiff.install()\n"
ANY_SHAPE: Final[tuple[Any, ...]] = (
    None, True, -1, 0, 1 << 63, 1 << 64, 10**300, 1e300, 0.5, "", "x" * 5000, "\ud800", "\x1b[31m\u202e", "../x",
    "snapshot/1", [], {}, [[]], [{}], {"": {}}, [1, "a"], {"a": -1},
)  # fmt: skip
ALONE: Final = Identity(4242)
PLACE: Final = Path(tempfile.mkdtemp(prefix="heapdiff-fuzz."))
SUMMARY: Final = PLACE / "input.json"
OUTPUT: Final = PLACE / "redacted.json"


def write_seeds(directory: Path, target: str) -> None:
    """What agents of both engines say of themselves, answer, and write."""
    directory.mkdir(parents=True, exist_ok=True)
    for engine in ENGINES:
        with (
            tempfile.TemporaryDirectory() as place,
            running(AGENT + WAITING, HEAPDIFF_DIR=place, HEAPDIFF_ENGINE=engine) as process,
        ):
            content = WRITERS[target](Path(place), process.pid)
            (directory / f"seed-{engine}").write_bytes(content)
    for number, hostile in enumerate(HOSTILE_RECORDS.values()):
        if isinstance(hostile, bytes):
            (directory / f"hostile-{number:02}").write_bytes(hostile)


def written_record(directory: Path, pid: int) -> bytes:
    return agent_files(directory, pid)[0].read_bytes()


def written_answer(directory: Path, pid: int) -> bytes:
    with open_socket(directory, pid, agent_files(directory, pid)[1].name) as door:
        door.settimeout(60)
        door.sendall(f"{VERSION} status\n".encode())
        return door.recv(MAX_ANSWER_BYTES)


def written_summary(directory: Path, pid: int) -> bytes:
    name = wait_for_sibling(ask_sibling(directory, pid, Wish(graph=False)), 60)
    return (directory / f"{name}.json").read_bytes()


WRITERS: Final[Mapping[str, Callable[[Path, int], bytes]]] = {
    "record": written_record,
    "answer": written_answer,
    "summary": written_summary,
}


def try_record(data: bytes) -> None:
    path = PLACE / RECORD.format(ALONE)
    path.write_bytes(as_of(data, ALONE.pid))
    record = read_record(PLACE, ALONE)
    if record is not None:
        require_types(record)
        restriction(record, answered=True)
        restriction(record, answered=False)
        assert record.known_as == ALONE
    assert read_agent(PLACE, os.getpid()) is None


def try_answer(data: bytes) -> None:
    answer = read_answer(as_of(data, ALONE.pid), ALONE.pid)
    if answer is not None:
        require_types(answer)
        record = AgentRecord(ALONE.pid, 1, 1, 0, "", "", "", None, "", "", "")
        with suppress(CaptureError):
            judge(Asked(record, PLACE, 1, frozenset()), answer, alive=True)


def try_summary(data: bytes) -> None:
    SUMMARY.write_bytes(data)
    try:
        read_snapshot(SUMMARY)
    except SnapshotError:
        return
    for command in (("show",), ("show", "--format", "json"), ("redact", "-o", str(OUTPUT))):
        assert heapdiff([command[0], str(SUMMARY), *command[1:]]) in (0, 3), command
    read_snapshot(OUTPUT)


TARGETS: Final[Mapping[str, Callable[[bytes], None]]] = {
    "record": try_record,
    "answer": try_answer,
    "summary": try_summary,
}


def as_of(data: bytes, pid: int) -> bytes:
    """The same with that process's number, so that more of it is looked at than who wrote it."""
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        return data
    return (
        json.dumps({**content, "pid": pid}).encode() if type(content) is dict and "pid" in content else data
    )


def require_types(value: object) -> None:
    for name, kind in get_type_hints(type(value)).items():
        found = getattr(value, name)
        assert isinstance(found, kind), (name, found)
        str(found).encode("utf-8")


def mutate(data: bytes, most: int, seed: int) -> bytes:
    chance = random.Random(seed)
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict) or chance.random() < 0.5:
        return bytes(atheris.Mutate(data, most))
    put_somewhere(content, chance)
    return json.dumps(content, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")[:most]


def put_somewhere(content: Any, chance: random.Random) -> None:
    """One value of it, at any depth, becomes another one, goes, or comes twice."""
    places = list(content) if isinstance(content, dict) else range(len(content))
    if not places:
        return
    place = chance.choice(places)
    if isinstance(content[place], (dict, list)) and chance.random() < 0.7:
        put_somewhere(content[place], chance)
    elif chance.random() < 0.1:
        del content[place]
    else:
        content[place] = chance.choice(ANY_SHAPE)


def main() -> None:
    target, *given = sys.argv[1:]
    options = [option for option in given if option.startswith("-")]
    corpora = [each for each in given if not each.startswith("-")] or [str(PLACE / "corpus")]
    if not any(Path(each).is_file() for each in corpora):  # a file is a finding to replay
        write_seeds(Path(corpora[0]), target)
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    atheris.Setup([sys.argv[0], *DEFAULTS, *options, *corpora], TARGETS[target], custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
