"""Who keeps what grew: each rule on a heap drawn for it."""

from __future__ import annotations

import pytest

from heapdiff.answers import Confidence, Held, HolderKind, Suspect
from tests.analysis.summaries import compared


def first(before: str, after: str, requests: int | None = None) -> Suspect:
    suspects = compared(before, after, requests=requests).suspects
    assert suspects, "no suspect"
    return suspects[0]


def test_a_thousand_leaked_objects_are_reported_as_exactly_that_keys_included() -> None:
    # SESSIONS ──► ['…'] Session ──► .a .b .c: str
    def text(count: int) -> str:
        attributes = "\n".join(f"$s{n or ''} -> .{name}: str" for n in range(count) for name in "abc")
        return f"shop.cache.SESSIONS: dict -> [*]: shop.models.Session * {count} $s\n{attributes}"

    suspect = first(text(5), text(1005), requests=500)
    assert suspect.holder.path == "shop.cache.SESSIONS"
    assert (suspect.holder.length_before, suspect.holder.length_after) == (5, 1005)
    assert {held.type: held.count_delta for held in suspect.holds} == {
        "shop.models.Session": 1000,
        "str": 4000,
    }
    assert suspect.objects_delta == 5000
    assert suspect.bytes_delta == 1000 * 48 + 4000 * 55
    assert suspect.bytes_per_request == round((1000 * 48 + 4000 * 55) / 500, 1)
    assert suspect.confidence is Confidence.HIGH


def test_the_container_counts_its_own_growth_too() -> None:
    suspect = first("shop.x.L: list size=88", "shop.x.L: list size=2488 -> shop.V * 300")
    assert suspect.bytes_delta == 300 * 48 + 2400
    assert suspect.holds == (Held("shop.V", 300, 300 * 48),)


def test_a_full_cache_that_swaps_its_entries_has_not_grown() -> None:
    def cache(first_key: int) -> str:
        entries = (f"shop.c.CACHE -> [{n}]: shop.V gen={n}" for n in range(first_key, first_key + 300))
        return "shop.c.CACHE: dict\n" + "\n".join(entries)

    assert compared(cache(0), cache(200)).suspects == ()


def test_a_list_that_is_rebuilt_belongs_to_its_variable() -> None:
    # ITEMS = ITEMS + [more]: another list at another address with the same items and more
    suspect = first(
        "shop.x.ITEMS: list gen=1 -> shop.Item * 100", "shop.x.ITEMS: list gen=2 -> shop.Item * 400"
    )
    assert suspect.holder.path == "shop.x.ITEMS"
    assert (suspect.holder.length_before, suspect.holder.length_after) == (100, 400)
    assert suspect.holds == (Held("shop.Item", 300, 300 * 48),)


def test_a_list_that_grows_at_its_head_belongs_to_the_variable() -> None:
    # HEAD ──► n150 ──► n149 ──► … ──► n1; before: HEAD ──► n5 ──► … ──► n1
    def chain(length: int) -> str:
        return f"shop.q.HEAD: shop.Node gen={length}" + "".join(
            f" -> .next: shop.Node gen={number}" for number in range(length - 1, 0, -1)
        )

    suspect = first(chain(5), chain(150))
    assert (suspect.holder.path, suspect.objects_delta) == ("shop.q.HEAD", 145)
    assert "Each keeps the one before" in suspect.advice[0]


def test_a_list_that_grows_at_its_tail_belongs_to_the_variable() -> None:
    def chain(length: int) -> str:
        return "shop.q.FIRST: shop.Node" + " -> .next: shop.Node" * length

    suspect = first(chain(5), chain(150))
    assert (suspect.holder.path, suspect.objects_delta) == ("shop.q.FIRST", 145)


def test_a_function_that_is_wrapped_again_and_again_is_told_so() -> None:
    # price ──► function ──► closure ──► the function that it wraps ──► …
    def wrapped(times: int) -> str:
        return f"shop.p.price: function gen={times}" + "".join(
            f" -> closure inner: function gen={number}" for number in range(times - 1, 0, -1)
        )

    suspect = first(wrapped(5), wrapped(150))
    assert suspect.holder.path == "shop.p.price"
    assert "Each wraps the one before" in suspect.advice[0]


def test_children_side_by_side_are_no_chain() -> None:
    suspect = first(
        "shop.t.ROOT: shop.Tree -> ref: shop.Tree * 5", "shop.t.ROOT: shop.Tree -> ref: shop.Tree * 150"
    )
    assert suspect.holder.path == "shop.t.ROOT"
    assert not suspect.advice


def test_a_tuple_that_is_rebuilt_is_told_what_each_addition_costs() -> None:
    suspect = first(
        "shop.x.SEEN: tuple gen=1 -> shop.Item * 100", "shop.x.SEEN: tuple gen=2 -> shop.Item * 400"
    )
    assert "copies all that is there" in suspect.advice[0]


def test_a_tree_that_grows_at_its_leaves_belongs_to_the_variable() -> None:
    # ROOT ──► .children ──► [i] Tree ──► .children ──► more Trees in each of 20
    def tree(leaves: int) -> str:
        below = f"shop.Tree -> .children: list -> shop.Tree * {leaves}"
        return "\n".join(f"shop.t.ROOT: shop.Tree -> .children: list -> [{n}]: {below}" for n in range(20))

    suspect = first(tree(2), tree(30))
    assert (suspect.holder.path, suspect.objects_delta) == ("shop.t.ROOT", 560)


def test_holders_below_different_roots_stay_apart_however_many_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("heapdiff.analysis.growth.findings.MOST_ALONE", 7)

    def users(sessions: int) -> str:
        line = "shop.{}.USERS: dict -> [*]: shop.User * 30 -> .sessions: list -> shop.Session * {}"
        return "\n".join(line.format(module, sessions) for module in "abcdefg")

    paths = {suspect.holder.path for suspect in compared(users(2), users(40)).suspects}
    assert len(paths) == 7


def test_many_holders_that_grow_alike_are_one_suspect() -> None:
    def users(sessions: int) -> str:
        return f"shop.u.USERS: dict -> [*]: shop.User * 30 -> .sessions: list -> shop.Session * {sessions}"

    comparison = compared(users(2), users(40))
    (suspect,) = comparison.suspects
    assert suspect.holder.path == "shop.u.USERS['…'].sessions"
    assert (suspect.holder.length_before, suspect.holder.length_after) == (2, 40)  # of the one at the address
    assert "they had 60 entries in total and now have 1,200." in suspect.reason
    assert "30 holders" in suspect.reason


def test_objects_with_two_holders_make_one_suspect_that_names_both() -> None:
    # BYKEY ──► ['…'] Session ◄── [i] ORDER
    def both(count: int) -> str:
        ordered = "\n".join(f"$o -> $s{n or ''}" for n in range(count))
        return f"shop.c.BYKEY: dict -> [*]: shop.Session * {count} $s\nshop.c.ORDER: list $o\n{ordered}"

    (suspect,) = compared(both(10), both(300)).suspects
    assert suspect.holder.path == "shop.c.BYKEY"
    assert "shop.c.ORDER" in suspect.reason
    assert "frees nothing" in suspect.reason


def test_an_index_of_new_tuples_joins_the_holder_of_what_they_point_to() -> None:
    # BYKEY ──► ['…'] Session ◄── tuple ◄── [i] ORDER
    def both(count: int) -> str:
        ordered = "\n".join(f"$o -> [{n}]: tuple -> $s{n or ''}" for n in range(count))
        return f"shop.c.BYKEY: dict -> [*]: shop.Session * {count} $s\nshop.c.ORDER: list $o\n{ordered}"

    (suspect,) = compared(both(10), both(300)).suspects
    assert {held.type: held.count_delta for held in suspect.holds} == {
        "shop.Session": 290,
        "tuple": 290,
        "str": 290,
    }
    assert "shop.c.ORDER" in suspect.reason


def test_what_only_happens_to_refer_to_the_objects_stays_a_suspect_of_its_own() -> None:
    # CONNS ──► [i] Connection ◄── .local ◄── Frame ◄── .frame ◄── [i] Error ◄── ERRORS
    def both(count: int) -> str:
        steps = "-> .frame: shop.Frame size=900 -> .local:"
        frames = "\n".join(f"$e{n or ''} {steps} $c{n or ''}" for n in range(count))
        return f"""
            shop.a.CONNS: list -> shop.Connection * {count} $c
            shop.a.ERRORS: list -> shop.Error * {count} $e
            {frames}
        """

    suspects = compared(both(3), both(300)).suspects
    assert [suspect.holder.path for suspect in suspects] == ["shop.a.ERRORS", "shop.a.CONNS"]
    assert "shop.a.ERRORS" in suspects[1].reason


def test_weak_references_to_objects_kept_elsewhere_are_no_leak_of_their_own() -> None:
    # CACHE ──► [i] V ◁┄┄ weakref ◄── [i] REGISTRY
    def both(count: int) -> str:
        weak = "\n".join(f"$w{n or ''} -> weak: $v{n or ''}" for n in range(count))
        return f"""
            shop.a.CACHE: list -> shop.V * {count} $v
            shop.a.REGISTRY: list -> weakref.ReferenceType * {count} $w size=200
            {weak}
        """

    suspects = compared(both(3), both(300)).suspects
    confidence = {suspect.holder.path: suspect.confidence for suspect in suspects}
    assert confidence == {"shop.a.CACHE": Confidence.MEDIUM, "shop.a.REGISTRY": Confidence.LOW}


def test_dead_weak_references_that_pile_up_are_a_leak() -> None:
    text = "shop.a.REGISTRY: list -> weakref.ReferenceType * {}"
    assert first(text.format(3), text.format(300)).confidence is Confidence.MEDIUM


def test_a_library_objects_bookkeeping_goes_with_its_entries() -> None:
    # signal ──► .receivers ──► functions; signal ──► ._by_receiver ──► sets, one for each
    def signal(count: int) -> str:
        return f"""
            shop.a.paid: blinker.base.Signal -> .receivers: dict -> [*]: function * {count}
            shop.a.paid -> ._by_receiver: dict -> [*]: set * {count}
        """

    (suspect,) = compared(signal(3), signal(300)).suspects
    assert suspect.holder.path == "shop.a.paid.receivers"
    assert {"function", "set"} <= {held.type for held in suspect.holds}


def test_thousands_of_holders_that_grow_alike_are_one_suspect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heapdiff.analysis.growth.findings.MOST_ALONE", 20)

    def users(sessions: int) -> str:
        return f"""
            shop.u.USERS: dict -> [*]: shop.User * 200 -> .sessions: list -> shop.Session * {sessions}
            shop.u.OTHERS: list -> shop.Peer * 200 -> .sessions: list -> shop.Session * {sessions // 2}
        """

    suspects = compared(users(2), users(12)).suspects
    assert {suspect.holder.path: suspect.objects_delta for suspect in suspects} == {
        "shop.u.USERS['…'].sessions": 2000,
        "shop.u.OTHERS[…].sessions": 1000,
    }
    assert "200 holders" in suspects[0].reason


def test_a_cache_made_between_the_snapshots_is_named_itself() -> None:
    suspect = first(
        "shop.c.app: flask.Flask",
        "shop.c.app: flask.Flask -> .ext: dict -> [*]: shop.Ext -> .cache: dict -> [*]: shop.V * 300",
    )
    assert suspect.holder.path == "shop.c.app.ext['…'].cache"
    assert suspect.holder.kind is HolderKind.INSTANCE_ATTRIBUTE


def test_a_store_made_between_the_snapshots_was_empty_before_and_is_not_its_own_entry() -> None:
    # STORE: None, later Store ──► .index ──► events
    suspect = first(
        "shop.s.STORE: NoneType",
        "shop.s.STORE: shop.Store -> .index: dict -> [*]: shop.Event * 400",
        requests=400,
    )
    assert suspect.holder.path == "shop.s.STORE.index"
    assert (suspect.holder.length_before, suspect.holder.length_after) == (0, 400)
    assert suspect.holds[0].type == "shop.Event"
    assert "400 entries in 400 requests, one per request" in suspect.reason


def test_a_buffer_that_grows_in_place_is_its_own_holder() -> None:
    suspect = first("shop.x.BUF: bytearray size=1000", "shop.x.BUF: bytearray size=5000000")
    assert (suspect.holder.path, suspect.bytes_delta, suspect.holds) == ("shop.x.BUF", 4_999_000, ())


def test_what_only_native_code_holds_is_called_native() -> None:
    suspect = first("shop.c.X: dict", "shop.c.X: dict\nnative: shop.V * 300 extra=1")
    assert (suspect.holder.path, suspect.holder.kind) == ("<native>.shop.V", HolderKind.NATIVE)
    assert suspect.objects_delta == 300


def test_what_heapdiff_itself_keeps_is_no_suspect() -> None:
    comparison = compared(
        "heapdiff.agent.LOG: list",
        "heapdiff.agent.LOG: list -> heapdiff.agent.Entry * 500",
    )
    assert comparison.suspects == ()
    assert comparison.types == ()


def test_the_largest_of_equally_certain_suspects_comes_first() -> None:
    text = "shop.a.SMALL: list -> shop.V * {0}\nshop.a.LARGE: list -> shop.V * {1}"
    suspects = compared(text.format(1, 1), text.format(200, 900)).suspects
    assert [suspect.holder.path for suspect in suspects] == ["shop.a.LARGE", "shop.a.SMALL"]
    assert [suspect.rank for suspect in suspects] == [1, 2]


@pytest.mark.parametrize(
    ("kind", "named"), [("heapdiff.flask.metrics.multiprocess.WorkerFiles", False), ("shop.Files", True)]
)
def test_what_an_object_of_heapdiffs_own_keeps_is_no_suspect_wherever_the_application_has_it(
    kind: str, named: bool
) -> None:
    # app ──► [hook] function ──► closure files: WorkerFiles ──► .made: dict ──► metrics
    text = f"shop.HOOKS: list -> [0]: function -> closure files: {kind} -> .made: dict -> [*]: prometheus_client.Gauge * {{}}"
    assert bool(compared(text.format(1), text.format(400)).suspects) is named
