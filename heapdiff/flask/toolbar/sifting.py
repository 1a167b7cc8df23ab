"""What `show --since` says of a visit, without what belongs to the panel, the toolbar or the request's own thread."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from heapdiff.flask.toolbar.traffic import ACCEPTING, OF_WERKZEUG

OURS: Final = (
    "heapdiff",
    "flask_debugtoolbar",
)  # packages whose objects the app wouldn't have without the panel
OF_THREADS: Final = ("threading._active", "threading._dangling", "threading._limbo")
FILLED_BY_US: Final = (  # caches with a bound, and what Python notes once, that the requests of the panel itself fill
    "urllib.parse.urlsplit.<lru_cache>",
    "re._cache",
    "os.PathLike._abc_impl",
)
FRAME: Final = "running frame"
AT_WORK: Final = (
    3  # iterators and tuples that no more than a running loop or call holds: nothing in Python refers to them
)


@dataclass(frozen=True, slots=True)
class HeldType:
    """Objects of one type, net of those that went."""

    type: str
    objects: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Left:
    """A holder that keeps what was left behind: its path, the way to it, and the lines that allocated it, with their bytes."""

    path: str
    types: tuple[HeldType, ...]
    objects: int
    bytes: int
    chain: tuple[tuple[str, str, str], ...]
    lines: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is left of a visit, and the process's figures after it. `waiting` is unreachable; the collector will free it."""

    left: tuple[Left, ...]
    types: tuple[HeldType, ...]
    lines: tuple[tuple[str, int], ...]
    waiting: int
    objects_now: int
    bytes_now: int
    rss_now: int

    @property
    def objects(self) -> int:
        return sum(each.objects for each in self.left)

    @property
    def bytes(self) -> int:
        return sum(each.bytes for each in self.left)


def sift(answer: Mapping[str, Any], threads: Collection[str], new_thread: bool = False) -> Finding:
    """From the answer's JSON, schema `since/1`.

    `threads` are those that served requests: what their functions held when the snapshot was taken ends with them.
    `new_thread`: another one began, so that what is known of threads isn't only that of requests.
    """
    keepers = [_without_ours(each) for each in answer["keepers"]]
    at_work = any(map(_is_new_call, keepers))
    kept = [
        each
        for each in keepers
        if each["types"] and not _is_own(each, threads, new_thread) and not _is_in_use(each, at_work)
    ]
    left = tuple(
        Left(
            each["path"],
            each["types"],
            sum(held.objects for held in each["types"]),
            sum(held.bytes for held in each["types"]),
            tuple((step["step"], step["name"], step["type"]) for step in each["chain"]),
            _name_lines(each["allocated"]),
        )
        for each in kept
    )
    now = answer["snapshots"][-1]
    return Finding(
        left=tuple(each for each in left if each.objects > 0 or each.bytes > 0),
        types=_add_up(held for each in left for held in each.types),
        lines=_add_lines(line for each in left for line in each.lines),
        waiting=answer["unreachable_objects_delta"],
        objects_now=now["objects"],
        bytes_now=now["bytes"],
        rss_now=now["rss_bytes"],
    )


def _is_own(keeper: Mapping[str, Any], threads: Collection[str], new_thread: bool) -> bool:
    """Whether the way to a holder leads through us or through what serves requests, or is the interpreter's at work."""
    chain, path = keeper["chain"], keeper["path"]
    if chain and chain[0]["step"] == "thread" and _serves(chain, path, threads):
        return True
    if path.startswith(OF_THREADS) and not new_thread:
        return True
    if keeper["kind"] == "native" and keeper["objects"] <= AT_WORK and all(map(_is_plain, keeper["types"])):
        return True
    names = [path, *(name for step in chain for name in (step["type"], step["name"]))]
    return path.startswith(FILLED_BY_US) or any(map(_is_ours, names))


def _is_new_call(keeper: Mapping[str, Any]) -> bool:
    """Whether it's a function that began in some thread meanwhile and hasn't returned."""
    began = any(held.type == FRAME and held.objects > 0 for held in keeper["types"])
    return began and bool(keeper["chain"]) and keeper["chain"][0]["step"] == "thread"


def _is_in_use(keeper: Mapping[str, Any], at_work: bool) -> bool:
    """Whether it goes when a call of another thread returns: what that has, and while there is one, what only C refers to."""
    return _is_new_call(keeper) or (at_work and keeper["kind"] == "native")


def _serves(chain: Sequence[Mapping[str, str]], path: str, threads: Collection[str]) -> bool:
    """Whether it's a function's variable in a thread that serves requests or accepts them, or the state of such a thread."""
    name = chain[0]["name"]
    if path.startswith("<thread-state"):
        return any(each.endswith(OF_WERKZEUG) for each in threads)
    accepts = len(chain) > 1 and chain[1]["name"].startswith("BaseServer.")
    return name in threads or name.endswith((OF_WERKZEUG, ACCEPTING)) or accepts


def _is_plain(held: HeldType) -> bool:
    return "." not in held.type or held.type.startswith(("weakref.", "_contextvars."))


def _without_ours(keeper: Mapping[str, Any]) -> dict[str, Any]:
    types = tuple(
        HeldType(held["type"], held["count_delta"], held["bytes_delta"])
        for held in keeper["holds"]
        if not _is_ours(held["type"])
    )
    return {**keeper, "types": types}


def _is_ours(name: str) -> bool:
    return name.strip("[]'").partition(".")[0] in OURS


def _name_lines(rows: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, int], ...]:
    """`shop/cache.py:31 in session_for`, and bytes."""
    named = []
    for row in rows:
        place = f"{row['file']}:{row['line']}" if row["file"] and row["line"] else row["file"]
        site = " in ".join(filter(None, (place, row["function"])))
        if site:
            named.append((site, row["bytes"]))
    return tuple(named)


def _add_up(held: Iterable[HeldType]) -> tuple[HeldType, ...]:
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for each in held:
        sums[each.type][0] += each.objects
        sums[each.type][1] += each.bytes
    found = [HeldType(name, objects, size) for name, (objects, size) in sums.items() if objects > 0]
    return tuple(sorted(found, key=lambda each: (-each.bytes, each.type)))


def _add_lines(lines: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    sums: defaultdict[str, int] = defaultdict(int)
    for site, size in lines:
        sums[site] += size
    return tuple(sorted(sums.items(), key=lambda each: (-each[1], each[0])))
