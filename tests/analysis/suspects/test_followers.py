"""What only notes the objects that another holder keeps grows with it, and is not a second leak."""

from __future__ import annotations

from heapdiff.answers import Confidence, Suspect
from tests.analysis.summaries import compared


def sure(*texts: str, requests: int) -> list[Suspect]:
    suspects = compared(*texts, requests=requests).suspects
    return [suspect for suspect in suspects if suspect.confidence is not Confidence.LOW]


def test_a_registry_of_finalizers_follows_the_holder_of_what_it_watches() -> None:
    # ENGINES ──► Engine ◄┄weak┄ _Info ◄── finalize._registry
    def engines(count: int) -> str:
        lines = ["shop.db.ENGINES: list", "weakref.finalize: type -> ._registry: dict"]
        for n in range(count):
            lines.append(f"shop.db.ENGINES -> [{n}]: shop.Engine size=500 $e{n}")
            lines.append(
                f"weakref.finalize: type -> ._registry -> [{n}]: weakref._Info size=90 -> weak: $e{n}"
            )
        return "\n".join(lines)

    (found,) = sure(engines(5), engines(305), requests=300)
    assert found.holder.path == "shop.db.ENGINES"
    assert found.bytes_delta == 300 * (500 + 90 + 28)
    assert "weakref.finalize._registry grows with it." in found.reason


def test_frames_of_threads_follow_the_table_of_threads() -> None:
    # _active ──► Thread ◄── self ── frame _bootstrap;  frame work ──► items
    def threads(count: int) -> str:
        lines = ["threading._active: dict"]
        for n in range(count):
            lines.append(f"threading._active -> [{n}]: threading.Thread size=900 $t{n}")
            lines.append(f"thread Thread-{n} -> frame _bootstrap -> local self: $t{n}")
            lines.append(f"thread Thread-{n} -> frame work -> local items: list size=100")
        return "\n".join(lines)

    (found,) = sure(threads(3), threads(153), requests=150)
    assert found.holder.path == "threading._active"
    assert "<thread Thread-…>.work" in found.reason


def test_a_weak_dictionary_of_heavy_values_follows_the_holder_of_its_keys() -> None:
    # LIVE ──► Conn ◁┄┄ weakref ◄── key of STATE.data ──► a buffer for each
    def connections(count: int) -> str:
        lines = ["shop.c.LIVE: list $live", "shop.c.STATE: weakref.WeakKeyDictionary -> .data: dict $data"]
        for n in range(count):
            lines.append(f"$live -> [{n}]: shop.Conn size=50 $c{n}")
            lines.append(
                f"$data -> [{n}]: shop.Buffer size=900 -> .key: weakref.ReferenceType -> weak: $c{n}"
            )
        return "\n".join(lines)

    (found,) = sure(connections(5), connections(305), requests=300)
    assert found.holder.path == "shop.c.LIVE"
    assert found.bytes_delta > 300 * 950
    assert "shop.c.STATE.data grows with it." in found.reason


def test_a_librarys_index_of_what_is_kept_elsewhere_is_no_holder_of_its_own() -> None:
    # BOOKS ──► Book ──► ._state ◄── session._new
    def books(count: int) -> str:
        lines = [
            "shop.b.BOOKS: list $books",
            "shop.b.Session: sqlalchemy.orm.scoped_session -> .registry: sqlalchemy.util.Registry $registry",
            f"$registry -> .value: sqlalchemy.orm.Session -> .map: sqlalchemy.orm.Map -> ._new: list size={60 * count} $map",
        ]
        for n in range(count):
            lines.append(
                f"$books -> [{n}]: shop.Book size=200 -> ._state: sqlalchemy.orm.state.InstanceState $s{n}"
            )
            lines.append(f"$map -> [{n}]: $s{n}")
        return "\n".join(lines)

    (found,) = sure(books(5), books(405), requests=400)
    assert found.holder.path == "shop.b.BOOKS"
    assert "shop.b.Session.registry.value.map._new" in found.reason


def test_what_the_application_itself_keeps_is_a_holder_of_its_own() -> None:
    def notes(count: int) -> str:
        lines = ["shop.db.ENGINES: list", "shop.audit.NOTES: list"]
        for n in range(count):
            lines.append(f"shop.db.ENGINES -> [{n}]: shop.Engine size=500 $e{n}")
            lines.append(f"shop.audit.NOTES -> [{n}]: shop.Note size=90 -> weak: $e{n}")
        return "\n".join(lines)

    found = sure(notes(5), notes(305), requests=300)
    assert [suspect.holder.path for suspect in found] == ["shop.db.ENGINES", "shop.audit.NOTES"]


def test_a_librarys_container_that_the_application_fills_follows_nobody() -> None:
    # JOBS.queue ──► Job ──► Session ◄── SESSIONS;  LOCAL.spans ──► list ──► a number ◄── SESSIONS
    def jobs(count: int) -> str:
        lines = [
            "shop.s.SESSIONS: dict",
            "shop.s.JOBS: queue.Queue -> .queue: collections.deque $jobs",
            "shop.s.LOCAL: threading.local -> ref: dict -> [?]: dict -> [spans]: list $spans",
        ]
        for n in range(count):
            lines.append(f"shop.s.SESSIONS -> [{n}]: shop.Session size=500 $s{n} -> .number: int $n{n}")
            lines.append(f"$jobs -> {{}}: shop.Job size=90 -> .session: $s{n}")
            lines.append(f"$spans -> list size=60 -> $n{n}")
        return "\n".join(lines)

    found = sure(jobs(5), jobs(305), requests=300)
    assert [suspect.holder.path for suspect in found] == ["shop.s.SESSIONS", "shop.s.LOCAL.spans"]
    assert "also kept by shop.s.JOBS.queue" in found[0].reason


def test_what_weighs_more_than_all_that_it_refers_to_follows_nobody() -> None:
    def watched(count: int) -> str:
        lines = ["shop.db.ENGINES: list", "weakref.finalize: type -> ._registry: dict"]
        for n in range(count):
            lines.append(f"shop.db.ENGINES -> [{n}]: shop.Engine size=50 $e{n}")
            lines.append(f"weakref.finalize: type -> ._registry -> [{n}]: shop.Page size=900 -> weak: $e{n}")
        return "\n".join(lines)

    found = sure(watched(5), watched(305), requests=300)
    assert [suspect.holder.path for suspect in found] == ["weakref.finalize._registry", "shop.db.ENGINES"]


def test_the_type_of_the_entries_is_named_before_heavier_parts_of_them() -> None:
    # ENGINES ──► Engine ──► pool: three deques, heavier than it
    engines = "shop.db.ENGINES: list -> shop.Engine * {} size=50 -> collections.deque * 3 size=700"
    found = sure(engines.format(5), engines.format(305), requests=300)[0]
    assert [held.type for held in found.holds] == ["shop.Engine", "collections.deque"]


def test_a_thread_that_comes_later_does_not_count_the_list_of_the_first_as_its_own() -> None:
    # LOCAL ──► dicts of threads ──► a dict per thread ──► spans
    def spans(*counts: int) -> str:
        lines = ["shop.LOCAL: threading.local -> ref: dict $threads"]
        for count in counts:
            lines.append(f"$threads -> [?]: dict -> [spans]: list -> shop.Span * {count} size=50")
        return "\n".join(lines)

    (found,) = sure(spans(100), spans(100, 300, 300), requests=600)
    assert (found.holder.path, found.bytes_delta > 600 * 50) == ("shop.LOCAL.spans", True)
    (found,) = sure(spans(100), spans(200, 100), spans(300, 200), requests=200)
    assert (found.holder.length_before, found.holder.length_after) == (0, 200)  # of the second thread
    assert "they had 100 entries in total and now have 500." in found.reason
    assert found.confidence is Confidence.HIGH
