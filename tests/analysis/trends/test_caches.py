"""Caches that others wrote: what is one cache is one holder, and a bound that stands beside it is looked at."""

from __future__ import annotations

import pytest

from heapdiff.answers import Confidence
from tests.analysis.summaries import compared

HIGH, MEDIUM, LOW = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW


def ttl_cache(entries: int, bound: str, more: str = "") -> str:
    # cache ──► ._Cache__data ──► values; cache ──► ._TTLCache__links ──► one link for each
    return f"""
        shop.c.CACHE: cachetools.TTLCache $cache
        $cache -> ._Cache__maxsize: {bound}
        $cache -> ._Cache__data: dict -> [*]: shop.Page * {entries} size=300
        $cache -> ._TTLCache__links: collections.OrderedDict -> [*]: cachetools.TTLCache._Link * {entries} size=90
        {more}
    """


@pytest.mark.parametrize(
    ("bound", "more", "confidence"),
    [("int", "", LOW), ("float", "", HIGH), ("int", "$cache -> .getsizeof: function", HIGH)],
)
def test_a_cache_of_cachetools_is_one_holder_that_ends_at_its_bound(
    bound: str, more: str, confidence: Confidence
) -> None:
    course = [ttl_cache(entries, bound, more) for entries in (50, 250, 450)]
    for chosen, requests in ((course, 200), (course[::2], 400)):
        (found,) = compared(*chosen, requests=requests).suspects
        assert (found.holder.path, found.holder.type) == ("shop.c.CACHE", "cachetools.TTLCache")
        assert (found.holder.length_before, found.holder.length_after) == (50, 450)
        assert found.confidence is confidence


def hand_made(entries: int, bound: str, module: str = "shop") -> str:
    return f"""
        shop.c.cache: {module}.LRU -> {bound}
        shop.c.cache -> .data: collections.OrderedDict -> [*]: shop.Page * {entries} size=300
    """


@pytest.mark.parametrize(
    ("bound", "module", "confidence"),
    [
        (".maxsize: int", "shop", MEDIUM),
        ("._max_entries: int", "shop", MEDIUM),
        (".maxsize: NoneType", "shop", HIGH),
        (".hits: int", "shop", HIGH),
        (".maxsize: int", "queue", HIGH),  # 0 there, as a rule: without a bound
    ],
)
def test_with_two_snapshots_a_bound_beside_the_holder_leaves_doubt(
    bound: str, module: str, confidence: Confidence
) -> None:
    course = [hand_made(entries, bound, module) for entries in (50, 250, 450)]
    (found,) = compared(*course[:2], requests=200).suspects
    assert found.confidence is confidence
    (found,) = compared(*course, requests=200).suspects
    assert found.confidence is HIGH


@pytest.mark.parametrize(
    ("start", "own", "confidence"),
    [
        ("shop.c.CACHE: dict", True, Confidence.MEDIUM),
        ("babel.localedata._cache: dict", False, Confidence.LOW),
        (
            "thread Main -> frame serve -> local app: flask.Flask -> .views: dict -> [*]: $f",
            True,
            Confidence.MEDIUM,
        ),
    ],
)
def test_one_interval_says_less_of_a_library_s_own_cache(
    start: str, own: bool, confidence: Confidence
) -> None:
    function = "module shop.views -> .__dict__: dict $g\norphan: function $f -> .__globals__: $g\n$f -> closure letters: dict"
    setting = f"{function} $c\n{start}" if "$f" in start else f"{start} $c"
    first, last = (f"{setting}\n$c -> [*]: shop.Letter * {count} size=300" for count in (1, 201))
    suspect = compared(first, last, requests=340).suspects[0]
    assert (suspect.own, suspect.confidence) == (own, confidence)


def test_a_cache_of_jinja_stops_at_its_capacity() -> None:
    cache = "shop.c.LETTERS: jinja2.utils.LRUCache $l -> .capacity: int\n$l -> ._mapping: dict -> [*]: jinja2.Template * {n}"
    suspect = compared(cache.format(n=50), cache.format(n=400), requests=350).suspects[0]
    assert (suspect.holder.path, suspect.end) == ("shop.c.LETTERS", "limit")


def pool(threads: int, owner: str = "App", leaked: int = 0) -> str:
    """Threads that an executor started, each in a set of its own and in the interpreter's table of all."""
    lines = [f"shop.web.app: shop.{owner} -> .worker: shop.Worker -> .server: shop.Server $server"]
    lines += ["$server -> .pool: concurrent.futures.thread.ThreadPoolExecutor $pool -> ._max_workers: int"]
    lines += ["$pool -> ._threads: set $threads", "threading._active: dict $active"]
    for number in range(threads + leaked):
        lines.append(f"$active -> [{number}]: threading.Thread size=900 $t{number} -> ._stopped: object * 9")
        lines += [f"$threads -> $t{number}"] if number < threads else []
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("later", "ends"),
    [(pool(9), {"pool"}), (pool(9, leaked=30), {"pool", None}), (pool(40, "Another"), {None})],
)
def test_threads_that_a_pool_starts_end_with_it_but_not_those_of_a_new_pool(
    later: str, ends: set[str | None]
) -> None:
    suspects = compared(pool(2), later, requests=200).suspects
    assert {suspect.end for suspect in suspects} == ends


def test_what_a_thread_that_just_started_has_is_not_taken_for_a_leak() -> None:
    one = "module shop of application -> .__dict__: dict $g\nthread MainThread -> frame serve -> local app: shop.App"
    more = "\nthread Thread-{0} -> frame work -> .f_globals: $g"
    more += "\nthread Thread-{0} -> frame work -> local scope: shop.Scope -> shop.Crumb * 150"
    for before, after, confidence in (
        (one, one + more.format(1), LOW),
        (one + more.format(1).replace("* 150", "* 2"), one + more.format(1), MEDIUM),
    ):
        (found,) = compared(before, after, requests=200).suspects
        assert "scope" in found.holder.path
        assert found.confidence is confidence


@pytest.mark.parametrize(("owner", "end"), [("gunicorn", "call"), ("application", None)])
def test_what_a_call_of_a_library_has_is_of_the_request_that_it_serves(owner: str, end: str | None) -> None:
    idle = f"module workers of {owner} -> .__dict__: dict $g\nthread Pool-0 -> frame work"
    busy = (
        f"{idle}\nthread Pool-0 -> frame handle -> local request: http.Request -> .parts: list -> object * 60"
    )
    globals_of = "thread Pool-0 -> frame handle -> .f_globals: $g"
    (found,) = compared(idle, f"{busy}\n{globals_of}", requests=600).suspects
    assert (found.end, found.confidence) == (end, LOW)


@pytest.mark.parametrize(
    ("item", "end"), [("future: gunicorn.Future -> object * {}", "call"), ("jobs: list -> object * {}", None)]
)
def test_so_has_an_object_that_the_call_reuses_but_not_a_container_that_gets_longer(
    item: str, end: str | None
) -> None:
    code = "module gunicorn of gunicorn -> .__dict__: dict $g\nthread Pool-0 -> frame run -> .f_globals: $g"
    text = f"{code}\nthread Pool-0 -> frame run -> local self: gunicorn.Item -> .{item}"
    (found,) = compared(text.format(1), text.format(25), requests=600).suspects
    assert (found.end, found.confidence) == (end, LOW)


def test_a_variable_called_function_is_not_the_calls_own() -> None:
    code = "module gunicorn of gunicorn -> .__dict__: dict $g\nthread Pool-0 -> frame run -> .f_globals: $g"
    view = "module shop of application -> .__dict__: dict $s\nshop.view: function $v -> .__globals__: $s"
    text = f"{code}\n{view}\nthread Pool-0 -> frame run -> local function: $v"
    later = f"{text}\nthread Pool-0 -> frame run -> local request: gunicorn.Request -> object * 60"
    (found,) = compared(text, later, requests=600).suspects
    assert (found.own, found.end) == (False, "call")
