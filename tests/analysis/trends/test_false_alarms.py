"""Growth of healthy processes that once was taken for a leak: each as small as it can be drawn."""

from __future__ import annotations

from heapdiff.answers import Confidence
from tests.analysis.summaries import compared


def test_a_module_imported_in_between_is_code_even_if_most_of_its_objects_are_strings() -> None:
    # late ──► f0 … f59: function ──► code ──► 24 names and constants each
    functions = (f"shop.late.f{n}: function size=150 -> code size=800 -> str * 24" for n in range(60))
    late = "\n".join(["module shop.late", *functions])
    suspects = compared("module shop.early", f"module shop.early\n{late}", requests=100).suspects
    assert {suspect.confidence for suspect in suspects} <= {Confidence.LOW}


def test_holders_of_which_some_are_new_have_no_length_before_that_could_be_summed() -> None:
    # PAGES ──► 100 dicts ──► ['…'] list of twenty; before and after, 96 of the lists are different ones
    def pages(made: int, more: str) -> str:
        lines = (
            f"shop.c.PAGES -> [{n}]: dict -> [*]: list gen={made if n > 3 else 0} $list{n} -> str * 20\n"
            f"$list{n} -> {more}"
            for n in range(100)
        )
        return "shop.c.PAGES: dict\n" + "\n".join(lines)

    before, after = pages(1, "str"), pages(2, "shop.Large size=90")
    suspects = compared(before, after, requests=600).suspects
    assert {suspect.confidence for suspect in suspects} <= {Confidence.LOW}


def test_modules_made_by_hand_are_objects_like_others() -> None:
    # SCRIPTS ──► module that `sys.modules` does not have ──► its functions
    scripts = "shop.r.SCRIPTS: dict -> [*]: module * {} -> .check: function size=150"
    for course in ((50, 450), (50, 250, 450)):
        requests = 400 // (len(course) - 1)
        (found,) = compared(*map(scripts.format, course), requests=requests).suspects
        assert found.confidence is Confidence.HIGH


def test_one_module_among_many_other_objects_does_not_excuse_them() -> None:
    orders = (
        "shop.o.ORDERS: list $all -> shop.Order * {} size=100\n$all -> [500]: shop.Order -> .rules: module"
    )
    (found,) = compared("shop.o.ORDERS: list", orders.format(400), requests=400).suspects
    assert found.confidence is Confidence.HIGH


def test_code_that_only_the_sampler_still_keeps_is_ours_and_no_leak() -> None:
    # the sampler ──► the code of functions that were made per request, and are gone
    def kept(codes: int) -> str:
        lines = (f"interpreter sampled_code: code size=300 $code{n} -> str * 2" for n in range(codes))
        return "\n".join(["module shop.app", *lines])

    for course in ((50, 450), (50, 250, 450)):
        suspects = compared(*map(kept, course), requests=400 // (len(course) - 1)).suspects
        assert [(each.end, each.confidence) for each in suspects] == [("sampler", Confidence.LOW)]


def test_weak_references_are_found_among_many_more_of_other_new_objects() -> None:
    # CLASSES ──► C ◁┄┄ weakref ◄── Base.__subclasses__ ──► its keys
    def subclasses(count: int) -> str:
        lines = [
            "shop.b.CLASSES: list",
            "shop.b.Base: type -> internal tp_subclasses: dict $all",
            f"$all -> int * {100 * count}",
        ]
        for n in range(count):
            lines.append(f"shop.b.CLASSES -> [{n}]: shop.C size=900 $c{n}")
            lines.append(f"$all -> [{n}]: weakref.ReferenceType -> weak: $c{n}")
        return "\n".join(lines)

    suspects = compared(*map(subclasses, (5, 35, 65)), requests=30).suspects
    ends = {each.holder.path: each.end for each in suspects}
    assert ends == {"shop.b.CLASSES": None, "shop.b.Base.__subclasses__": "weak"}
