"""The table of known holders: every pattern works, and says what to do."""

from __future__ import annotations

import re

import pytest

from heapdiff.analysis.suspects.advice import advise
from heapdiff.analysis.trends.recall import recall
from heapdiff.answers import HolderKind
from heapdiff.knowledge.pattern import Pattern, Traits
from heapdiff.knowledge.patterns import PATTERNS

OTHER = HolderKind.OTHER


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.meaning[:40])
def test_a_pattern_matches_on_something_and_says_what_to_do(pattern: Pattern) -> None:
    assert pattern.path or pattern.through or pattern.holder_type or pattern.kind or pattern.held
    re.compile(pattern.path)
    assert pattern.meaning.endswith(".")
    assert pattern.advice.endswith(".")


@pytest.mark.parametrize(
    ("path", "holder_type", "kind", "held", "word"),
    [
        ("shop.pricing.quote.<lru_cache>", "x", HolderKind.LRU_CACHE, (), "maxsize"),
        ("shop.app.app.before_request_funcs[None]", "list", OTHER, ("function",), "Register"),
        ("flask.signals.request_started.receivers", "dict", OTHER, (), "Connect"),
        ("logging.root.handlers", "list", OTHER, ("logging.StreamHandler",), "Add handlers once"),
        ("shop.db.ENGINES", "list", OTHER, ("sqlalchemy.engine.base.Engine",), "create_engine"),
        ("prometheus_client.registry.REGISTRY._names_to_collectors", "dict", OTHER, (), "labels"),
        ("shop.x.ERRORS", "list", OTHER, ("traceback", "frame"), "traceback"),
        ("flask.globals._cv_app.<value>", "flask.ctx.AppContext", HolderKind.THREAD_LOCAL, (), "app_context"),
        ("shop.jobs.QUEUE.queue", "collections.deque", OTHER, (), "maxsize"),
    ],
)
def test_a_well_known_holder_is_recognised(
    path: str, holder_type: str, kind: HolderKind, held: tuple[str, ...], word: str
) -> None:
    assert any(word in pattern.advice for pattern in recall(Traits(path, holder_type, kind, held)))


def test_a_users_own_cache_is_not_taken_for_a_library_one() -> None:
    assert (
        recall(
            Traits("shop.cache.SESSIONS", "dict", HolderKind.MODULE_GLOBAL, ("shop.models.Session", "str"))
        )
        == ()
    )


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
    assert recall(Traits(path, holder_type, OTHER, ("shop.Thing",), ("module", "shop.Owner"))) == ()
    assert recall(Traits(path, holder_type, OTHER, ("shop.Thing",), ("module", library))) != ()


def test_a_list_of_handlers_is_only_loggings_if_a_logger_has_it() -> None:
    ours = recall(Traits("shop.events.paid.handlers", "list", OTHER, ("function",), ("module", "shop.Event")))
    theirs = recall(
        Traits("shop.app.log.handlers", "list", OTHER, ("x.Handler",), ("module", "logging.Logger"))
    )
    assert "getLogger" not in "".join(advise(ours, "list"))
    assert "getLogger" in "".join(advise(theirs, "list"))


def test_a_plain_container_gets_advice_too() -> None:
    assert "Bound" in advise((), "dict")[0]
    assert advise((), "shop.Odd") == ()


def test_the_standard_librarys_own_caches_are_bounded() -> None:
    found = recall(Traits("re._cache", "dict", HolderKind.MODULE_GLOBAL))
    assert found
    assert all(pattern.bounds(512) for pattern in found)
    assert not any(pattern.bounds(100_000) for pattern in found)


def test_a_cache_with_a_bound_of_its_own_is_not_told_to_get_one() -> None:
    cache = ("shop.page.<lru_cache>", "functools._lru_cache_wrapper", HolderKind.LRU_CACHE)
    endless, bounded = (recall(Traits(*cache, bounded=known)) for known in (False, True))
    assert ["Give lru_cache a maxsize" in "".join(advise(each, "")) for each in (endless, bounded)] == [
        True,
        False,
    ]
    assert "every argument" not in "".join(pattern.meaning for pattern in bounded)
    recent = recall(Traits("shop.queue", "collections.deque", OTHER, bounded=True))
    assert "maxlen" in advise(recent, "collections.deque")[0]
    assert "Give" not in "".join(advise(recent, "collections.deque"))


def test_a_list_of_strings_that_only_native_code_has_is_no_missing_release() -> None:
    found = recall(Traits("<native>.list", "list", HolderKind.NATIVE, ("str",)))
    assert "StringIO" in found[0].meaning
    assert "Py_DECREF" not in "".join(advise(found, "list"))
    others = recall(Traits("<native>.shop.Frame", "shop.Frame", HolderKind.NATIVE, ("shop.Frame",)))
    assert "Py_DECREF" in "".join(advise(others, "shop.Frame"))
