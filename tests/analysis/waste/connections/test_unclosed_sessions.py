"""SQLAlchemy sessions that are never closed."""

from __future__ import annotations

from heapdiff.analysis.waste.connections.unclosed_sessions import find_unclosed_sessions
from heapdiff.answers import Confidence
from tests.analysis.waste.connections import look, look_twice

MANY = "shop.db.SESSIONS: dict -> sqlalchemy.orm.session.Session * {}"
ONE = (
    "shop.db.SESSION: sqlalchemy.orm.session.Session $s -> .identity_map: sqlalchemy.orm.identity._WeakInstanceDict"
    " -> ._dict: dict -> sqlalchemy.orm.state.InstanceState * {} size=64 -> .obj: shop.Row size=48"
)


def test_sessions_that_grow_are_a_headline() -> None:
    (found,) = find_unclosed_sessions(look_twice(MANY.format(1), MANY.format(31), requests=30))
    assert found.title == "31 SQLAlchemy sessions in shop.db.SESSIONS, 30 of them new"
    assert (found.rule, found.headline) == ("unclosed-sessions", True)
    assert found.reason.startswith("There are 30 more than in the first snapshot, 30 requests ago.")


def test_a_session_that_knows_more_and_more_is_a_headline() -> None:
    (found,) = find_unclosed_sessions(look_twice(ONE.format(50), ONE.format(450)))
    assert found.title == "A SQLAlchemy session in shop.db.SESSION knows 450 objects, 400 of them new"
    assert (found.headline, found.confidence, found.count) == (True, Confidence.HIGH, 450)
    assert found.bytes >= 450 * (64 + 48)


def test_a_session_in_use_knows_what_its_function_loaded() -> None:
    """A running function's local, however many objects."""
    text = "thread W -> frame view -> local session: sqlalchemy.orm.session.Session"
    text += " -> .identity_map: sqlalchemy.orm.identity._WeakInstanceDict"
    text += " -> ._dict: dict -> sqlalchemy.orm.state.InstanceState * 2000"
    assert list(find_unclosed_sessions(look_twice(text, text))) == []


def test_one_snapshot_alone_gives_a_hint_of_a_session_with_very_many() -> None:
    assert list(find_unclosed_sessions(look(ONE.format(900)))) == []
    (found,) = find_unclosed_sessions(look(ONE.format(1100)))
    assert (found.headline, found.confidence) == (False, Confidence.LOW)


def test_objects_that_wait_to_be_written_count() -> None:
    text = "shop.db.SESSION: sqlalchemy.orm.session.Session -> ._new: dict -> sqlalchemy.orm.state.InstanceState * {}"
    (found,) = find_unclosed_sessions(look_twice(text.format(1), text.format(300)))
    assert found.count == 300


def test_a_session_per_thread_that_is_emptied_is_none() -> None:
    assert list(find_unclosed_sessions(look_twice(ONE.format(3), ONE.format(60)))) == []


def test_the_sessions_of_threads_are_one_finding() -> None:
    """A scoped session has one for each thread, all in one place."""
    text = "".join(
        f"shop.db.BY_THREAD: dict -> [*]: sqlalchemy.orm.session.Session $s{n}\n"
        f"$s{n} -> ._new: dict -> sqlalchemy.orm.state.InstanceState * {{}}\n"
        for n in range(3)
    )
    (found,) = find_unclosed_sessions(look_twice(text.format(5, 5, 5), text.format(300, 300, 300)))
    assert found.title == "3 SQLAlchemy sessions in shop.db.BY_THREAD['…'] know 900 objects, 885 of them new"
