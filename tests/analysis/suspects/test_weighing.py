"""What one entry keeps alive, and through which reference: said in the suspect, its reason and the headline."""

from __future__ import annotations

import pytest

from heapdiff.answers import EntryGrowth, Suspect
from tests.analysis.summaries import compared


def first(text: str, holder: str = "") -> Suspect:
    """The first suspect, of this holder, where a heap grew by 300 entries; `{n}` in the text is an entry's number."""
    suspects = compared(drawn(text, 1), drawn(text, 301), requests=300).suspects
    return next(suspect for suspect in suspects if suspect.holder.path.startswith(holder))


def drawn(text: str, count: int) -> str:
    """The lines without `{n}` once, the others once for each entry."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    once = [line for line in lines if "{n}" not in line]
    return "\n".join(once + [line.format(n=n) for n in range(count) for line in lines if "{n}" in line])


def test_an_entry_weighs_what_would_go_with_it_its_key_included() -> None:
    # SESSIONS ──► ['…'] Session ──► .name: str
    suspect = first("""
        shop.c.SESSIONS: dict -> [k{n}]: shop.Session size=100 $s{n}
        $s{n} -> .name: str size=60
    """)
    assert suspect.entries == EntryGrowth(300, 100 + 60 + 55, "shop.Session", "")


def test_what_entries_share_is_nothing_that_goes_with_one() -> None:
    # ROWS ──► [1] Row ──► .table ──► Table size=90000
    #     └──► [2] Row ──► .table ────▲   … all of them new, but for the first row
    def rows(count: int) -> str:
        later = "\n".join(f"$rows -> [{n}]: shop.Row size=100 -> .table: $t" for n in range(2, count))
        table = "$rows -> [1]: shop.Row size=100 -> .table: shop.Table size=90000 $t\n" if count > 1 else ""
        return f"shop.x.ROWS: list $rows -> [0]: shop.Row size=100\n{table}{later}"

    suspect = compared(rows(1), rows(301), requests=300).suspects[0]
    assert suspect.bytes_delta == 300 * 100 + 90000
    assert suspect.entries == EntryGrowth(300, 100, "shop.Row", "")


def test_an_entry_that_keeps_a_whole_document_says_through_what() -> None:
    # TITLES ──► ['…'] Text ──.parent──► Tag ──.parent──► Tag ──► .children: list ──► Text, …
    #                   └──.next──► Text ──.parent──▲       everything leads everywhere
    suspect = first("""
        shop.t.TITLES: dict
        shop.t.TITLES -> [k{n}]: doc.Text size=100 $x{n}
        $x{n} -> .next: doc.Text size=100 $y{n}
        $x{n} -> .parent: doc.Tag size=200 $p{n}
        $p{n} -> .children: list -> [0]: $x{n}
        $p{n} -> .parent: doc.Tag size=200 $q{n}
        $q{n} -> .children: list -> [0]: doc.Text size=20000
        $y{n} -> .parent: $p{n}
    """)
    assert suspect.entries.along == ".parent"
    assert suspect.entries.retained_bytes_each == 55 + 2 * 100 + 2 * 200 + 2 * 88 + 20000
    assert "Each Text keeps 20.8 kB alive, most of it through `.parent`." in suspect.reason


def test_the_way_to_most_of_it_goes_through_dicts_tuples_and_attributes() -> None:
    suspect = first("""
        shop.c.CACHE: dict -> [k{n}]: tuple $t{n}
        $t{n} -> [0]: float
        $t{n} -> [1]: shop.Page size=56 $p{n}
        $p{n} -> .body: bytes size=50000
    """)
    assert suspect.entries.along == "[…].body"
    assert suspect.entries.type == ""
    assert "Each entry keeps 50.2 kB alive, most of it through `[…].body`." in suspect.reason


@pytest.mark.parametrize(
    ("way", "along"), [("ref", ""), ("ref: x.Context -> ref", ""), (".wait: x.Future -> ref", ".wait")]
)
def test_references_without_a_name_are_no_way(way: str, along: str) -> None:
    suspect = first(f"shop.c.TASKS: list -> [{{n}}]: x.Task -> {way}: bytes size=20000")
    assert suspect.entries.along == along


@pytest.mark.parametrize("size", [100, 1000])
def test_of_a_light_entry_only_its_weight_is_told(size: int) -> None:
    suspect = first(f"shop.c.L: list -> [{{n}}]: shop.Row -> .text: str size={size}")
    assert suspect.entries.along == ""
    assert "alive" not in suspect.reason


def test_an_entry_whose_content_hangs_on_many_references_names_none() -> None:
    rows = "\n".join(f"$r{{n}} -> .part{at}: bytes size=2000" for at in range(10))
    suspect = first(f"shop.c.L: list -> [{{n}}]: shop.Row $r{{n}}\n{rows}")
    assert (suspect.entries.retained_bytes_each, suspect.entries.along) == (20048, "")


def test_entries_that_are_no_new_objects_weigh_their_place_in_the_holder() -> None:
    before, after = (f"shop.x.L: list size={56 + 8 * count} " + refer(count) for count in (1, 301))
    suspect = compared(before, after, requests=300).suspects[0]
    assert suspect.entries == EntryGrowth(300, 8, "", "")


def refer(count: int) -> str:
    made = "\nshop.x.KNOWN: shop.Known $k"
    return "$l" + made + "".join(f"\n$l -> [{at}]: $k" for at in range(count))


def test_what_has_no_entries_tells_neither_their_number_nor_their_weight() -> None:
    suspect = compared("shop.x.B: bytearray size=100", "shop.x.B: bytearray size=900000").suspects[0]
    assert suspect.entries == EntryGrowth()


def test_the_headline_speaks_of_entries_first() -> None:
    text = "shop.c.L: list -> [{n}]: shop.Row -> .body: bytes size=9000"
    verdict = compared(drawn(text, 1), drawn(text, 301), requests=300).verdict
    assert verdict.text.startswith("shop.c.L keeps 300 more entries (shop.Row), 9.0 kB each: 2.7 MB")
    plain = "shop.c.NAMES: list -> [{n}]: str"
    verdict = compared(drawn(plain, 1), drawn(plain, 301), requests=300).verdict
    assert verdict.text.startswith("shop.c.NAMES keeps 300 more entries, 55 bytes each: 16.5 kB")


def test_rows_that_each_contain_a_function_are_no_callbacks() -> None:
    rows = first("shop.x.ROWS: list -> [{n}]: shop.Row -> .show: function")
    hooks = first("shop.x.HOOKS: list -> [{n}]: function")
    assert "callback" not in " ".join(rows.advice)
    assert "registered again and again" not in rows.reason
    assert "callback" in " ".join(hooks.advice)


def test_a_librarys_container_that_nobody_knows_gets_a_line_for_its_user() -> None:
    text = """
        module odd.core of odd
        module shop.app of application
        shop.app.POOL: odd.core.Pool -> .waiting: list -> [{n}]: odd.core.Job
    """
    suspect = first(text)
    assert suspect.holder.path == "shop.app.POOL.waiting"
    assert "It belongs to odd." in suspect.reason
    assert suspect.advice == (
        "Find where your code calls odd on each request; look for a setting that limits it or a call that closes it.",
    )


@pytest.mark.parametrize("entry", ["shop.app.Visit", "str"])
def test_what_the_application_puts_into_a_librarys_namespace_is_its_own(entry: str) -> None:
    text = f"""
        module types of standard
        module shop.app of application
        shop.app.STATE: types.SimpleNamespace -> .visits: list -> [{{n}}]: {entry}
    """
    suspect = first(text)
    assert "bound it" in " ".join(suspect.advice)


def test_the_applications_own_objects_in_an_attribute_of_a_librarys_are_its_own() -> None:
    suspect = first("""
        module flask.app of flask
        module shop.app of application
        shop.app.app: flask.app.Flask -> .seen: dict -> [k{n}]: shop.app.Visit
    """)
    assert "Bound it" in " ".join(suspect.advice)


def test_a_linked_structure_has_no_entries_to_weigh() -> None:
    def chain(length: int) -> str:
        return "shop.q.FIRST: shop.Node" + " -> .next: shop.Node size=9000" * length

    suspect = compared(chain(5), chain(150)).suspects[0]
    assert suspect.entries == EntryGrowth()
    assert "alive" not in suspect.reason


def test_a_way_of_keys_alone_is_not_told_for_they_are_masked() -> None:
    suspect = first("shop.c.CACHE: dict -> [k{n}]: dict -> [*]: bytes size=20000")
    assert (suspect.entries.retained_bytes_each or 0) > 20000
    assert suspect.entries.along == ""
