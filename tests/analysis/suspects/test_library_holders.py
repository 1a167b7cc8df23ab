"""What a library keeps: which way leads to it, what it's called, whose classes its entries are made from, what bounds it."""

from __future__ import annotations

import pytest

from heapdiff.answers import Confidence, Suspect, VerdictKind
from tests.analysis.summaries import compared

SERVED = "thread MainThread -> frame run -> local app: flask.app.Flask $app"


def course(text: str, lengths: tuple[int, ...] = (50, 250, 450)) -> Suspect:
    """The first suspect of a holder that gains an entry with each request; its length stands for `COUNT`."""
    return compared(*(text.replace("COUNT", str(length)) for length in lengths), requests=200).suspects[0]


def test_a_session_store_is_named_by_who_has_it_and_not_by_the_setting_it_came_from() -> None:
    # app ──► .config ──► STORE ◄── .cache ◄── session_interface ◄── app
    suspect = course(f"""
        {SERVED}
        $app -> .config: flask.config.Config -> [?]: cachelib.simple.SimpleCache $store
        $app -> .session_interface: flask_session.cachelib.cachelib.CacheLibSessionInterface $interface
        $interface -> .cache: $store
        $store -> ._threshold: int
        $store -> ._cache: dict -> [*]: bytes * COUNT size=300
    """)
    assert suspect.holder.path.endswith("app>.session_interface.cache._cache")
    assert suspect.holder.known_as == "Flask-Session's sessions"


def test_a_storage_is_named_by_its_limiter_and_not_by_the_timer_that_sweeps_it() -> None:
    # app ──► limiter ──► STORAGE ◄── method ◄── Timer ◄── threading._active
    suspect = course(f"""
        {SERVED}
        $app -> .limiter: flask_limiter._extension.Limiter -> ._storage: limits.storage.memory.MemoryStorage $storage
        threading._active: dict -> [7]: threading.Timer -> .function: method -> .__self__: $storage
        $storage -> .storage: dict -> [*]: str * COUNT size=90
    """)
    assert suspect.holder.path.endswith(".limiter._storage.storage")
    assert suspect.holder.known_as == "Flask-Limiter's counters"


def test_the_verdict_calls_a_holder_what_users_of_its_library_do() -> None:
    text = "shop.PAGES: cachelib.simple.SimpleCache $c -> ._threshold: int\n$c -> ._cache: dict -> [*]: bytes * {} size=300"
    found = compared(*(text.format(length) for length in (50, 250, 450)), requests=200)
    assert found.verdict.kind is VerdictKind.LEAK
    assert found.verdict.text.startswith("shop.PAGES._cache (cachelib's SimpleCache) keeps 400 more entries")
    own = compared(*(f"shop.PAGES: dict -> [*]: bytes * {length} size=300" for length in (50, 250, 450)))
    assert own.verdict.text.startswith("shop.PAGES keeps ")
    assert own.suspects[0].holder.known_as == ""


@pytest.mark.parametrize(
    "bases", [("$user", "$mixin"), ("$user", "$model", "$mixin")], ids=["alone", "with a model"]
)
def test_a_class_that_no_object_is_only_made_from_is_known_all_the_same(bases: tuple[str, ...]) -> None:
    order = "\n".join(f"$order -> [{at}]: {base}" for at, base in enumerate(bases))
    suspect = course(f"""
        flask_login.mixins.UserMixin: class $mixin
        shop.models.Model: class $model
        shop.models.User: type $user -> .__mro__: tuple $order
        {order}
        shop.models.USERS: dict -> [*]: shop.models.User * COUNT size=200
    """)
    assert "Flask-Login" in suspect.reason
    assert "get_id()" in suspect.advice[0]


@pytest.mark.parametrize(
    ("cache", "limit", "content"),
    [
        ("kombu.utils.functional.LRUCache", ".limit: int", ".data: collections.OrderedDict"),
        ("celery.utils.collections.LimitedSet", ".maxlen: int", "._data: dict"),
    ],
)
def test_celerys_bounded_collections_stop_by_themselves(cache: str, limit: str, content: str) -> None:
    bounded = f"""
        shop.KEPT: {cache} $kept
        $kept -> {limit}
        $kept -> ._heap: list
        $kept -> {content} -> [*]: shop.Result * COUNT size=200
    """
    suspect = course(bounded)
    assert (suspect.holder.path, suspect.confidence) == ("shop.KEPT", Confidence.LOW)
    endless = course(bounded.replace("int", "object"))  # as with `limit=None`
    assert endless.confidence is Confidence.HIGH


def test_the_results_that_came_before_anybody_asked_have_a_limit() -> None:
    text = """
        shop.BUFFER: celery.utils.collections.BufferMap $kept
        $kept -> .total: int
        $kept -> .maxsize: int
        $kept -> [*]: celery.utils.collections.Messagebuffer * COUNT size=200
    """
    assert course(text).confidence is Confidence.LOW


def test_what_only_some_entries_drag_along_is_not_said_of_each() -> None:
    # of four waiting jobs one has an exception, but that has five tracebacks
    suspect = course("""
        shop.WAITING: list -> shop.Job * COUNT
        shop.WAITING -> shop.Failed * COUNT -> .error: shop.Error -> ref: traceback * 5
        shop.WAITING -> shop.Other * COUNT
        shop.WAITING -> shop.More * COUNT
    """)
    assert "format_exc" not in " ".join(suspect.advice)


def test_what_was_written_to_a_stream_belongs_to_the_stream() -> None:
    suspect = course("shop.audit.LOG: _io.StringIO -> internal written: list -> str * COUNT size=300")
    assert suspect.holder.path == "shop.audit.LOG.<written>"
    assert "truncate" in suspect.advice[0]
    assert "io.StringIO" in suspect.reason


@pytest.mark.parametrize(
    ("job", "first"),
    [
        ("shop.tasks.Watch", "kombu.pools.BUSY"),
        ("kombu.Message", "shop.tasks.WAITING"),
    ],
)
def test_of_little_growth_what_keeps_the_applications_objects_comes_first(job: str, first: str) -> None:
    text = f"""
        shop.tasks.WAITING: list -> _thread.lock * COUNT size=40
        kombu.pools.BUSY: list -> kombu.Worker * COUNT size=300 -> .job: {job} size=900
    """
    found = compared(*(text.replace("COUNT", str(count)) for count in (30, 60)), requests=60).suspects
    assert {suspect.confidence for suspect in found} == {Confidence.LOW}
    assert found[0].holder.path == first
