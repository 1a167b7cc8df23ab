"""Several holders that keep the same objects, or look alike: each is judged by its own course before they are one."""

from __future__ import annotations

import pytest

from heapdiff.answers import Confidence
from tests.analysis.summaries import compared

HIGH, LOW = Confidence.HIGH, Confidence.LOW


def shared(count: int, recent: int, options: str = "") -> str:
    """All orders in a list, and the latest in a second container."""
    # ALL ──► Order ◄── RECENT
    latest = "\n".join(f"$recent -> {{}}: $o{n or ''}" for n in range(count - recent, count))
    return f"""
        shop.o.RECENT: collections.deque {options} $recent
        shop.o.tracker: shop.Tracker -> .sent: dict -> [*]: shop.Mail -> .orders: list size={80 + 8 * count} $all
        $all -> shop.Order * {count} size=300 $o
        {latest}
    """


@pytest.mark.parametrize("snapshots", [2, 3])
def test_a_healthy_holder_of_the_same_objects_does_not_hide_the_leak(snapshots: int) -> None:
    course = [shared(50, 50, "most=1000"), shared(250, 250, "most=1000"), shared(450, 450, "most=1000")]
    (suspect,) = compared(*course[-snapshots:], requests=200).suspects
    assert (suspect.holder.path, suspect.confidence) == ("shop.o.tracker.sent['…'].orders", HIGH)
    assert suspect.holder.length_after == 450
    assert "also kept by shop.o.RECENT" in suspect.reason


def test_a_cache_that_is_full_does_not_hide_a_list_of_what_it_holds() -> None:
    (suspect, *others) = compared(shared(50, 50), shared(250, 250), shared(450, 300), requests=200).suspects
    assert (suspect.holder.path, suspect.confidence) == ("shop.o.tracker.sent['…'].orders", HIGH)
    assert {other.confidence for other in others} <= {LOW}


def caches(pages: int, queries: int) -> str:
    return f"""
        shop.c.CACHES: dict -> [*]: dict $pages
        shop.c.CACHES -> [*]: dict $queries
        $pages -> [*]: shop.Page * {pages} size=400
        $queries -> [*]: shop.Rows * {queries} size=100
    """


def test_of_holders_that_differ_in_their_key_only_the_one_that_leaks_is_told_apart() -> None:
    found = compared(caches(50, 50), caches(240, 250), caches(240, 450), requests=200).suspects
    assert [(each.confidence, each.holds[0].type) for each in found] == [
        (HIGH, "shop.Rows"),
        (LOW, "shop.Page"),
    ]
    assert (found[0].holder.length_before, found[0].holder.length_after) == (50, 450)
    assert "grouped together" not in found[0].reason


def test_holders_that_differ_in_their_key_and_grow_alike_stay_one() -> None:
    (found,) = compared(caches(50, 50), caches(250, 250), caches(450, 450), requests=200).suspects
    assert "2 holders like this one" in found.reason


def app(pages: int, seen: int) -> str:
    return f"""
        shop.a.app: flask.app.Flask -> .pages: dict -> [*]: shop.Page * {pages} size=400
        shop.a.app -> .seen_ips: set -> str * {seen}
    """


def test_what_the_application_keeps_on_a_librarys_object_is_not_the_librarys_bookkeeping() -> None:
    found = compared(app(50, 50), app(250, 250), app(250, 450), requests=200).suspects
    assert [(each.holder.path, each.confidence) for each in found] == [
        ("shop.a.app.seen_ips", HIGH),
        ("shop.a.app.pages", LOW),
    ]
    found = compared(app(50, 50), app(250, 250), app(450, 450), requests=200).suspects
    assert [each.confidence for each in found] == [HIGH, HIGH]


def limiter(hits: int, owner: str = "limits.storage.MemoryStorage") -> str:
    """A library's object with three tables, as another one's attribute."""
    return f"""
        shop.a.app: flask.app.Flask
        shop.a.limiter: flask_limiter.Limiter -> ._storage: {owner} $storage
        $storage -> .counts: dict -> [*]: collections.Counter * {hits} size=90
        $storage -> .expirations: dict -> [*]: float * {hits}
        $storage -> .locks: dict -> [*]: _thread.RLock * {hits}
    """


def test_the_tables_of_one_librarys_object_are_one_suspect() -> None:
    (suspect,) = compared(limiter(50), limiter(250), limiter(450), requests=200).suspects
    assert (suspect.holder.path, suspect.confidence) == ("shop.a.limiter._storage.counts", HIGH)
    assert suspect.objects_delta >= 3 * 400
    assert "keeps shop.a.limiter._storage.expirations, shop.a.limiter._storage.locks" in suspect.reason


def test_two_containers_of_the_applications_own_object_stay_two() -> None:
    found = compared(*(limiter(count, "shop.store.Store") for count in (50, 250, 450)), requests=200).suspects
    assert len(found) == 3


def test_a_table_that_leaks_is_not_hidden_by_one_that_is_full() -> None:
    def course(counts: int, locks: int) -> str:
        return (
            limiter(50)
            + f"""
            $storage -> .full: dict -> [*]: limits.Entry * {counts} size=400
            $storage -> .left: dict -> [*]: limits.Left * {locks}
        """
        )

    found = compared(course(50, 50), course(400, 250), course(400, 450), requests=200).suspects
    assert [(each.holder.path, each.confidence) for each in found] == [
        ("shop.a.limiter._storage.left", HIGH),
        ("shop.a.limiter._storage.full", LOW),
    ]


def test_findings_that_come_to_be_named_by_one_holder_are_one_suspect() -> None:
    # three bounded stores ──► Page ◄── [i] ALL, further away
    def pages(count: int) -> str:
        stores = "\n".join(
            f"shop.p.STORE{n}: dict most=1000 -> [*]: shop.Page{n} * {count} $p{n}x" for n in range(3)
        )
        both = "\n".join(f"$all -> $p{n}x{at or ''}" for n in range(3) for at in range(count))
        every = f"shop.p.tracker: shop.Tracker -> .sent: dict -> [*]: shop.Mail -> .all: list size={56 + 24 * count} $all"
        return f"{stores}\n{every}\n{both}"

    found = compared(pages(50), pages(250), pages(450), requests=200).suspects
    assert [each.holder.path for each in found] == ["shop.p.tracker.sent['…'].all"]
