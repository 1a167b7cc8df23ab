"""Which classes could have slots, and what that saves."""

from __future__ import annotations

import pytest

from heapdiff.analysis.waste.structures.instance_dicts import find_instance_dicts
from heapdiff.analysis.waste.structures.missing_slots import find_missing_slots
from heapdiff.answers import Confidence, Finding
from tests.analysis.waste.structures.looking import look

OBJECT = "builtins.object: type $object"
ROW = f"""
{OBJECT}
shop.models.Row: type $row -> .__mro__: tuple -> [0]: $row
$row -> .__mro__ -> [1]: $object
$row -> .__bases__: tuple -> [0]: $object
$row -> .__dict__: dict -> [__dict__]: getset_descriptor
"""
ROWS = """
shop.ROWS: list -> shop.models.Row * 1200 size={size} $it -> .sku: int
$it -> .title: str
"""
LIBRARYS = """
sqlalchemy.orm.Model: class $model -> .__dict__: dict -> [__dict__]: getset_descriptor
"""


def rows(size: int, more: str = "") -> str:
    lines = [f"shop.ROWS: list -> shop.models.Row * 1200 size={size} $it", more]
    lines += [f"$it{at or ''} -> .sku: $number\n$it{at or ''} -> .title: $text" for at in range(1200)]
    return "\n".join(["shop.NUMBER: int $number", "shop.TEXT: str $text", *lines])


def slots(text: str, python: str = "3.13.0") -> list[Finding]:
    return list(find_missing_slots(look(text, python)))


@pytest.mark.parametrize(
    ("python", "size", "now"),
    [
        ("3.13.0", 96, 96),  # the attributes are inside
        ("3.12.1", 48 + 56, 48 + 64),  # in a block of their own
        ("3.11.7", 56 + 72, 64 + 80),
    ],
)
def test_slots_save_what_the_attributes_took_beyond_a_pointer_each(python: str, size: int, now: int) -> None:
    [found] = slots(ROW + rows(size), python)
    assert (found.rule, found.count, found.holder) == ("slots", 1200, "shop.ROWS")
    assert found.bytes == 1200 * now
    assert found.saves_bytes == 1200 * (now - 48)
    assert found.confidence is Confidence.HIGH
    assert found.code == ("class Row:", '    __slots__ = ("sku", "title")')


def test_a_weak_reference_needs_a_slot_as_well() -> None:
    [found] = slots(ROW + rows(160, "shop.WEAK: weakref.ReferenceType -> weak: $it"))
    assert found.saves_bytes == 1200 * (160 - 64)
    assert '"__weakref__"' in found.code[1]


def test_a_class_of_which_few_have_other_attributes_is_stable_one_of_which_many_have_is_not() -> None:
    few = "\n".join(f"$it{at} -> .extra{at}: $text" for at in range(1, 11))
    many = "\n".join(f"$it{at} -> .extra{at}: $text" for at in range(1, 61))
    assert [each.code[1] for each in slots(ROW + rows(160) + "\n" + few)] == [
        '    __slots__ = ("sku", "title")'
    ]
    assert slots(ROW + rows(160) + "\n" + many) == []


@pytest.mark.parametrize(
    "why",
    [
        pytest.param("$row -> .__mro__ -> [2]: $model", id="a library's base class gives it a dict"),
        pytest.param(
            "$row -> .__dict__ -> [total]: functools.cached_property", id="a cached_property needs the dict"
        ),
    ],
)
def test_slots_that_would_not_rid_it_of_the_dict_are_not_advised(why: str) -> None:
    base = (
        ROW + LIBRARYS + "$row -> .__mro__ -> [2]: $model\n$row -> .__mro__ -> [3]: $object"
        if "model" in why
        else ROW
    )
    assert slots(f"{base}\n{why}\n" + rows(160)) == []


def test_a_class_that_has_slots_and_one_of_a_library_are_left_alone() -> None:
    slotted = ROW.replace("[__dict__]: getset_descriptor", "[__slots__]: tuple")
    assert slots(slotted + rows(160)) == []
    assert slots((ROW + rows(160)).replace("shop.models.Row", "sqlalchemy.orm.Row")) == []


def test_own_base_classes_have_to_be_given_slots_first() -> None:
    base = """
    shop.models.Base: type $base -> .__dict__: dict -> [__dict__]: getset_descriptor
    $base -> .__bases__: tuple -> [0]: $object
    """
    derived = ROW.replace("[1]: $object", "[1]: $base\n$row -> .__mro__ -> [2]: $object")
    [found] = slots(OBJECT + base + derived.replace(OBJECT, "") + rows(160))
    assert found.confidence is Confidence.MEDIUM
    assert "First give them to shop.models.Base" in found.change


def test_slots_that_a_base_class_has_are_not_repeated() -> None:
    base = """
    shop.models.Base: type $base -> .__dict__: dict -> [sku]: member_descriptor
    $base -> .__slots__: tuple -> [0]: str name=sku
    $base -> .__bases__: tuple -> [0]: $object
    """
    derived = ROW.replace("[1]: $object", "[1]: $base\n$row -> .__mro__ -> [2]: $object")
    [found] = slots(OBJECT + base + derived.replace(OBJECT, "") + rows(160))
    assert found.code[1] == '    __slots__ = ("title",)'
    assert (found.confidence, found.saves_bytes) == (Confidence.HIGH, 1200 * (160 - 48))


def test_a_class_variable_in_the_way_is_named_but_a_dataclass_takes_care_of_it() -> None:
    variable = "$row -> .__dict__ -> [title]: NoneType\n"
    [found] = slots(ROW + variable + rows(160))
    assert "Set title in __init__" in found.change
    [made] = slots(ROW + variable + "$row -> .__dict__ -> [__dataclass_fields__]: dict\n" + rows(160))
    assert (made.confidence, made.code) == (Confidence.HIGH, ("@dataclass(slots=True)", "class Row:"))


def test_a_dict_of_its_own_counts_with_its_table() -> None:
    lines = ["shop.NUMBER: int $number", "shop.ROWS: list -> shop.models.Row * 1200 size=48 $it"]
    for at in range(1200):
        name = f"$it{at or ''}"
        lines += [
            f"{name} -> .__dict__: dict size=120 -> [sku]: $number",
            f"{name} -> .__dict__ -> [title]: $number",
        ]
    text = ROW + "\n".join(lines)
    assert slots(text) == []
    [found] = find_instance_dicts(look(text))
    assert found.bytes == 1200 * (48 + 64 + 64)
    assert found.saves_bytes == found.bytes - 1200 * 48
    assert found.code == ("class Row:", '    __slots__ = ("sku", "title")')
