"""The table of known holders: every pattern works, and says what whoever reads it can do."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from heapdiff.analysis.suspects.advice import look_up
from heapdiff.analysis.trends.recall import recall
from heapdiff.answers import Confidence, HolderKind
from heapdiff.knowledge.filled import is_filled
from heapdiff.knowledge.pattern import Pattern, Traits
from heapdiff.knowledge.patterns import PATTERNS
from heapdiff.knowledge.python import CONTAINER_ADVICE, LIBRARY_ADVICE

GLOBAL, OTHER = HolderKind.MODULE_GLOBAL, HolderKind.OTHER
HIGH, LOW = Confidence.HIGH, Confidence.LOW
MOST_CHARACTERS = 200
CALM = re.compile(r"\bnothing to do\b", re.IGNORECASE)
FOR_AUTHORS = re.compile(r"maxlen|\bBound it\b|Discard members|popitem")
KNOWN = (*PATTERNS, *LIBRARY_ADVICE)


def sentences(pattern: Pattern) -> list[str]:
    return [text for text in (pattern.meaning, pattern.advice, pattern.harmless) if text]


def test_every_pattern_matches_on_something_and_says_what_to_do() -> None:
    for pattern in KNOWN:
        named = (pattern.path, pattern.through, pattern.entry, pattern.drags, pattern.along)
        assert any(named) or pattern.holder_type or pattern.kind or pattern in LIBRARY_ADVICE, pattern
        for each in named:
            re.compile(each)
        for text in sentences(pattern):
            assert text.endswith(".")
            assert len(text) <= MOST_CHARACTERS, text
        assert pattern.advice != pattern.harmless


@pytest.mark.parametrize("text", CONTAINER_ADVICE.values())
def test_advice_on_a_container_is_a_sentence_too(text: str) -> None:
    assert text.endswith(".")
    assert len(text) <= MOST_CHARACTERS


def test_what_is_said_of_a_leak_never_is_that_there_is_nothing_to_do() -> None:
    for pattern in KNOWN:
        assert not CALM.search(pattern.meaning + pattern.advice)
        assert not pattern.harmless or CALM.search(pattern.harmless)


def test_no_pattern_says_what_another_says() -> None:
    meanings = [pattern.meaning for pattern in PATTERNS]
    assert sorted(meanings) == sorted(set(meanings))


@pytest.mark.parametrize("confidence", Confidence)
def test_only_a_suspect_of_low_confidence_is_left_alone(confidence: Confidence) -> None:
    cache = Traits("shop.page.<lru_cache>", "x", HolderKind.LRU_CACHE, bounded=True)
    tables = [
        Traits(path, "dict", GLOBAL) for path in ("re._cache", "linecache.cache", "sys.modules", "abc.x")
    ]
    for traits in (cache, *tables):
        assert bool(CALM.search(" ".join(look_up(traits, confidence).advice))) is (confidence is LOW), (
            traits.path
        )


def advice_of(traits: Traits) -> str:
    return " ".join(look_up(traits, HIGH).advice)


@pytest.mark.parametrize(
    ("path", "holder_type", "kind", "entries", "word"),
    [
        ("shop.pricing.quote.<lru_cache>", "x", HolderKind.LRU_CACHE, (), "maxsize"),
        ("shop.app.app.before_request_funcs[None]", "list", OTHER, ("function",), "Register"),
        ("flask.signals.request_started.receivers", "dict", OTHER, (), "Connect"),
        ("logging.root.handlers", "list", OTHER, ("logging.StreamHandler",), "Add handlers once"),
        ("shop.db.ENGINES", "list", OTHER, ("sqlalchemy.engine.base.Engine",), "create_engine"),
        ("prometheus_client.registry.REGISTRY._names_to_collectors", "dict", OTHER, (), "labels"),
        ("shop.x.ERRORS", "list", OTHER, ("traceback",), "traceback"),
        ("flask.globals._cv_app.<value>", "flask.ctx.AppContext", HolderKind.THREAD_LOCAL, (), "app_context"),
        ("shop.jobs.QUEUE.queue", "collections.deque", OTHER, (), "maxsize"),
        ("shop.mail.HOOKS", "list", GLOBAL, ("method",), "Register each callback once"),
        ("linecache.cache", "dict", GLOBAL, ("str", "tuple"), "clearcache"),
        ("_warnings.filters", "list", GLOBAL, ("tuple",), "catch_warnings"),
        ("_warnings._onceregistry", "dict", GLOBAL, ("tuple",), "text of warnings constant"),
    ],
)
def test_a_well_known_holder_is_recognised(
    path: str, holder_type: str, kind: HolderKind, entries: tuple[str, ...], word: str
) -> None:
    assert word in advice_of(Traits(path, holder_type, kind, entries=entries, below=entries))


def test_a_partial_that_gets_more_and_more_arguments_is_recognised_by_what_has_them() -> None:
    arguments = Traits("shop.mail.SEND.args", "tuple", OTHER, through=("functools.partial",))
    assert "not of the one made before" in advice_of(arguments)
    assert "partial" not in advice_of(Traits("shop.mail.SEND.args", "tuple", OTHER))


def test_a_users_own_cache_is_not_taken_for_a_library_one() -> None:
    own = Traits(
        "shop.cache.SESSIONS", "dict", GLOBAL, ("shop.models.Session", "str"), ("shop.models.Session",)
    )
    assert recall(own) == ()
    assert "Bound it" in advice_of(own)
    assert look_up(own, HIGH).meaning == ""


def test_what_an_entry_is_and_what_it_drags_along_are_two_things() -> None:
    rows = Traits("shop.ROWS", "list", GLOBAL, entries=("shop.Row",), below=("shop.Row", "function"))
    hooks = Traits("shop.HOOKS", "list", GLOBAL, entries=("function",), below=("function",))
    assert "callback" not in advice_of(rows)
    assert "callback" in advice_of(hooks)
    failures = Traits(
        "shop.ERRORS", "list", GLOBAL, entries=("shop.Error",), below=("shop.Error", "traceback")
    )
    assert "format_exc" in advice_of(failures)


def test_what_is_known_of_the_entries_stands_for_the_traceback_that_they_drag_along() -> None:
    entries, below = ("_asyncio.Future",), ("_asyncio.Future", "shop.Error", "traceback", "frame")
    waiting = advice_of(Traits("shop.WAITING", "set", GLOBAL, entries=entries, below=below))
    assert "cancel" in waiting
    assert "format_exc" not in waiting


def test_what_is_known_of_a_path_does_not_stand_for_the_traceback_that_its_entries_drag_along() -> None:
    errors = Traits(
        "shop.ERRORS.queue", "collections.deque", OTHER, ("shop.Error",), ("shop.Error", "traceback")
    )
    assert "format_exc" in advice_of(errors)
    assert "maxsize" not in advice_of(errors)


@pytest.mark.parametrize(
    ("path", "holder_type", "library"),
    [
        ("shop.devices.REGISTRY", "dict", "prometheus_client.registry.CollectorRegistry"),
        ("shop.jobs.worker._metrics", "dict", "prometheus_client.metrics.Counter"),
        ("shop.mail.mailer.receivers", "dict", "blinker.base.Signal"),
        ("shop.plugins.Plugin._registry", "dict", "sqlalchemy.orm.scoping.scoped_session"),
        ("shop.rules.Rules._compiled_cache", "dict", "sqlalchemy.engine.base.Engine"),
    ],
)
def test_a_name_that_a_library_uses_too_means_the_library_only_on_its_objects(
    path: str, holder_type: str, library: str
) -> None:
    assert recall(Traits(path, holder_type, OTHER, ("shop.Thing",), through=("module", "shop.Owner"))) == ()
    assert recall(Traits(path, holder_type, OTHER, ("shop.Thing",), through=("module", library))) != ()


def test_a_list_of_handlers_is_only_loggings_if_a_logger_has_it() -> None:
    ours = Traits("shop.events.paid.handlers", "list", OTHER, ("function",), through=("module", "shop.Event"))
    theirs = Traits(
        "shop.app.log.handlers", "list", OTHER, ("x.Handler",), through=("module", "logging.Logger")
    )
    assert "getLogger" not in advice_of(ours)
    assert "getLogger" in advice_of(theirs)


@pytest.mark.parametrize("holder_type", CONTAINER_ADVICE)
def test_whoever_uses_a_library_is_not_told_to_rewrite_it(holder_type: str) -> None:
    theirs = advice_of(Traits("odd.core.Pool.x", holder_type, OTHER, library="odd"))
    assert "odd" in theirs
    assert not FOR_AUTHORS.search(theirs)
    assert advice_of(Traits("shop.core.x", holder_type, OTHER)) == CONTAINER_ADVICE[holder_type]


def test_a_container_of_the_applications_own_make_is_advised_on_as_what_it_is_made_from() -> None:
    assert "Bound it" in advice_of(Traits("shop.REGISTRY", "shop.Registry", GLOBAL, bases=("dict", "object")))
    assert advice_of(Traits("shop.ODD", "shop.Odd", GLOBAL, bases=("object",))) == ""


def every_holder_of_a_library() -> Iterator[Traits]:
    for kind in HolderKind:
        for holder_type in (*CONTAINER_ADVICE, "functools._lru_cache_wrapper", "odd.Odd"):
            for entry in ("function", "odd.Thing", "str"):
                yield Traits("odd.core.x", holder_type, kind, entries=(entry,), library="odd")


def test_advice_for_the_author_of_a_container_never_goes_to_the_user_of_a_library() -> None:
    for traits in every_holder_of_a_library():
        assert not FOR_AUTHORS.search(advice_of(traits)), traits


def test_what_is_registered_with_a_library_is_told_so_in_general() -> None:
    hooks = Traits(
        "odd.core.hooks", "list", GLOBAL, entries=("function",), below=("function",), library="odd"
    )
    assert "registers a callback with odd" in advice_of(hooks)
    cache = Traits("odd.core.parse.<lru_cache>", "x", HolderKind.LRU_CACHE, library="odd")
    assert "cache_clear" in advice_of(cache)
    assert look_up(cache, HIGH).meaning.startswith("It belongs to odd")


@pytest.mark.parametrize(
    ("path", "through", "word"),
    [
        (
            "shop.ENGINE.dispatch.connect.listeners",
            "sqlalchemy.event.attr._ListenerCollection",
            "event.remove",
        ),
        ("shop.limiter._storage.events", "limits.storage.memory.MemoryStorage", "storage_uri"),
        (
            "shop.sched._jobstores['…']._jobs",
            "apscheduler.jobstores.memory.MemoryJobStore",
            "replace_existing",
        ),
        ("shop.core._emitter._handlers._root", "botocore.hooks._PrefixTrie", "boto3 Session"),
        ("shop.observer._handlers", "watchdog.observers.api.BaseObserver", "unschedule"),
        ("shop.region.backend._cache", "dogpile.cache.backends.memory.MemoryBackend", "region.delete"),
        ("shop.cap.entries", "structlog.testing.LogCapture", "outside tests"),
        ("shop.SCOPE._event_processors", "sentry_sdk.scope.Scope", "new_scope"),
        ("shop.PDF._pages[3]._objects", "pdfplumber.page.Page", "page.close"),
    ],
)
def test_a_librarys_own_container_gets_what_its_user_can_do(path: str, through: str, word: str) -> None:
    traits = Traits(path, "list", OTHER, through=("module", through), library=through.partition(".")[0])
    assert word in advice_of(traits)
    assert not FOR_AUTHORS.search(advice_of(traits))


@pytest.mark.parametrize(
    ("dragged", "word"),
    [
        ("requests.sessions.Session", "per process"),
        ("httpx.Client", "per process"),
        ("botocore.client.BaseClient", "per process"),
        ("grpc._channel.Channel", "channel.close"),
        ("bs4.element.NavigableString", "str("),
        ("PIL.Image.Image", "image.close"),
        ("lxml.etree._Element", "deepcopy"),
        ("concurrent.futures.thread.ThreadPoolExecutor", "executor"),
        ("ssl.SSLContext", "create_default_context"),
    ],
)
def test_what_an_entry_drags_along_says_what_to_do_wherever_it_is_kept(dragged: str, word: str) -> None:
    assert word in advice_of(Traits("shop.KEPT", "dict", GLOBAL, entries=("shop.Row",), below=(dragged,)))


@pytest.mark.parametrize(
    ("owner", "attribute", "filled"),
    [
        ("queue.Queue", "queue", True),
        ("types.SimpleNamespace", "anything", True),
        ("flask.app.Flask", "config", True),
        ("flask.app.Flask", "before_request_funcs", False),
        ("sqlalchemy.engine.base.Engine", "dispatch", False),
    ],
)
def test_some_objects_of_libraries_are_made_to_be_filled(owner: str, attribute: str, filled: bool) -> None:
    assert is_filled(owner, attribute) is filled


def test_the_standard_librarys_own_caches_are_bounded() -> None:
    found = recall(Traits("re._cache", "dict", GLOBAL))
    assert found
    assert all(pattern.bounds(512) for pattern in found if pattern.most)
    assert not any(pattern.bounds(100_000) for pattern in found)


def test_a_cache_with_a_bound_of_its_own_is_not_told_to_get_one() -> None:
    cache = ("shop.page.<lru_cache>", "functools._lru_cache_wrapper", HolderKind.LRU_CACHE)
    endless, bounded = (Traits(*cache, bounded=known) for known in (False, True))
    told = ["Give lru_cache a maxsize" in advice_of(each) for each in (endless, bounded)]
    assert told == [True, False]
    assert "every argument" not in look_up(bounded, HIGH).meaning
    recent = Traits("shop.queue", "collections.deque", OTHER, bounded=True)
    assert "maxlen" in look_up(recent, LOW).advice[0]
    assert "Give" not in advice_of(recent)


def test_a_list_of_strings_that_only_native_code_has_is_no_missing_release() -> None:
    text = Traits("<native>.list", "list", HolderKind.NATIVE, ("str",))
    assert "StringIO" in look_up(text, HIGH).meaning
    assert "Py_DECREF" not in advice_of(text)
    frames = Traits("<native>.shop.Frame", "shop.Frame", HolderKind.NATIVE, ("shop.Frame",))
    assert "Py_DECREF" in advice_of(frames)


def test_what_only_native_code_holds_is_a_missing_release_whatever_hangs_on_it() -> None:
    lost = Traits(
        "<native>.ValueError", "ValueError", HolderKind.NATIVE, ("ValueError",), ("traceback", "frame")
    )
    assert "Py_DECREF" in advice_of(lost)
    assert "traceback" not in advice_of(lost)
