"""Modules that were imported between the snapshots are one line; what somebody made or collected is none of it."""

from __future__ import annotations

import pytest

from heapdiff.answers import Confidence
from tests.analysis.summaries import compared

HIGH, LOW = Confidence.HIGH, Confidence.LOW
TABLE = "module shop of application\nmodule sys of standard\ninterpreter sys.modules: dict $table\nsys.modules: $table"


def imported(name: str, owner: str, content: str) -> str:
    """A module that the import system made, and what it has."""
    return f"""
        module {name} of {owner}
        {name}.__spec__: _frozen_importlib.ModuleSpec
        {name}.{content}
    """


def regions(count: int, noted: str = "") -> str:
    """A module of data for each region, perhaps noted by their package."""
    # sys.modules ──► region_0, region_1, … ◄── phones.REGIONS
    data = "\n".join(
        imported(f"phones.data.region_{n}", "phones", f"META: dict $m{n} -> [?]: phones.Desc * 9 size=90")
        + noted.format(n)
        for n in range(count)
    )
    return f"{TABLE}\nmodule phones of phones\nphones.REGIONS: dict size={100 + 8 * count}\n{data}"


@pytest.mark.parametrize("snapshots", [2, 3])
def test_modules_of_data_that_were_imported_are_one_low_line(snapshots: int) -> None:
    course = [regions(1), regions(101), regions(201)][:snapshots]
    (suspect,) = compared(*course, requests=100).suspects
    assert (suspect.holder.path, suspect.confidence) == ("sys.modules", LOW)
    imports = 100 * (snapshots - 1)
    assert f"{imports} modules were imported between the snapshots (phones.data.…)." in suspect.reason
    assert "frees nothing" not in suspect.reason


@pytest.mark.parametrize("snapshots", [2, 3])
def test_what_a_library_notes_of_its_imported_modules_ends_with_them(snapshots: int) -> None:
    course = [regions(count, "phones.REGIONS -> [*]: $m{}") for count in (1, 101, 201)][:snapshots]
    suspects = compared(*course, requests=100).suspects
    assert {suspect.confidence for suspect in suspects} == {LOW}
    noted = next(suspect for suspect in suspects if suspect.holder.path == "phones.REGIONS")
    assert "with modules that were imported between the snapshots" in noted.reason


def made(count: int, options: str = "") -> str:
    rules = "\n".join(f"shop_rules_{n}.discount: function" for n in range(count))
    return f"{TABLE}\n{rules}\n{options}"


def test_modules_made_by_hand_stay_a_leak() -> None:
    suspect = compared(made(2), made(102), made(202), requests=100).suspects[0]
    assert (suspect.holder.path, suspect.confidence) == ("sys.modules", HIGH)


def test_a_few_imports_excuse_no_modules_made_by_hand() -> None:
    late = "\n".join(imported(f"lib.late{n}", "lib", "run: function") for n in range(5))
    suspect = compared(made(2), made(102, late), made(202, late), requests=100).suspects[0]
    assert (suspect.holder.path, suspect.confidence) == ("sys.modules", HIGH)
    assert "imported between" not in suspect.reason


def test_ever_new_modules_of_the_application_are_no_lazy_imports() -> None:
    def plugins(count: int) -> str:
        each = (imported(f"plugin_{n}", "application", "run: function") for n in range(count))
        return f"{TABLE}\n" + "\n".join(each)

    suspects = compared(plugins(1), plugins(201), plugins(401), requests=200).suspects
    assert all("imported between" not in suspect.reason for suspect in suspects)


def late(entries: int) -> str:
    return (
        TABLE
        + "\n"
        + imported("lib.late", "lib", f"SEEN: list size={56 + 8 * entries} -> lib.Seen * {entries}")
    )


def test_what_keeps_growing_in_a_library_imported_meanwhile_is_found_by_itself() -> None:
    functions = "\n".join(f"lib.late.f{n}: function" for n in range(300))
    course = [TABLE, *(f"{late(count)}\n{functions}" for count in (150, 300, 450))]
    suspect = compared(*course, requests=150).suspects[0]
    assert (suspect.holder.path, suspect.confidence) == ("lib.late.SEEN", HIGH)


def test_what_the_application_may_have_collected_is_no_import_of_its_module() -> None:
    text = TABLE + "\n" + imported("shop.late", "application", "SEEN: list -> shop.Seen * 150 size=200")
    suspect = compared(TABLE, text, requests=150).suspects[0]
    assert suspect.holder.path == "shop.late.SEEN"
    assert suspect.confidence is not LOW


def test_a_library_s_part_made_when_first_used_ends_in_one_step() -> None:
    # Lexer ──► ._tokens, which was not there before
    def lexer(rest: str = "") -> str:
        return f"{TABLE}\nmodule lex.base of lex\nlex.base.Lexer: class -> .name: str\n{rest}"

    tokens = "lex.base.Lexer -> ._tokens: dict -> [*]: list -> lex.Rule * 90 size=100"
    (suspect,) = compared(lexer(), lexer(tokens), requests=100).suspects
    assert suspect.confidence is LOW
    assert "in objects that its library created between the snapshots" in suspect.reason
