"""What the verdict says of memory beyond the Python objects."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from heapdiff.analysis.comparison.comparing import compare
from heapdiff.answers import Comparison, VerdictKind
from tests.analysis.summaries import Beyond, processes

TYPES = "module shop.app of application\nmodule pics of pics\npics.Core: ctype\n"
PICTURES = TYPES + "shop.app.PICTURES: list -> pics.Core * {}"
NAMES = TYPES + "shop.app.NAMES: list -> str * {}"


def run(texts: str | Sequence[str], beyond: Sequence[Beyond], requests: int = 100) -> Comparison:
    return compare(processes(texts, beyond, requests))


def natively(*levels: float) -> list[Beyond]:
    return [Beyond(native=level) for level in levels]


def test_growth_with_an_owner_is_native_and_names_amount_objects_and_holder() -> None:
    verdict = run([PICTURES.format(count) for count in (2, 10, 18)], natively(8, 40, 72)).verdict
    assert verdict.kind is VerdictKind.NATIVE
    assert verdict.text.startswith(
        "64.0 MB of native memory, 4.0 MB for each of 16 new pics.Core in shop.app.PICTURES, the same amount in both intervals."
    )


def test_the_larger_part_is_said_first_although_the_holder_leaks_surely() -> None:
    verdict = run([PICTURES.format(count) for count in (10, 210, 410)], natively(8, 40, 72)).verdict
    assert verdict.kind is VerdictKind.LEAK
    assert verdict.text.startswith("64.0 MB of native memory, 160.0 kB for each of 400 new pics.Core")


def test_where_the_objects_are_the_larger_part_it_is_a_leak_with_native_memory() -> None:
    texts = [PICTURES.replace("* {}", f"* {count} size=20000") for count in (10, 210, 410)]
    verdict = run(texts, natively(1, 4, 7)).verdict
    assert verdict.kind is VerdictKind.LEAK
    assert "Native memory grew with them" in verdict.text


def test_a_leak_that_cannot_own_it_stands_behind_native_growth_that_dwarfs_it() -> None:
    verdict = run([NAMES.format(count) for count in (10, 210, 410)], natively(8, 40, 72)).verdict
    assert verdict.kind is VerdictKind.NATIVE
    assert "No Python object grows with it" in verdict.text
    assert "shop.app.NAMES also keeps" in verdict.text


def test_in_one_step_a_leak_is_a_leak_and_native_growth_is_another() -> None:
    verdict = run([NAMES.format(count) for count in (10, 210)], natively(8, 40)).verdict
    assert verdict.kind is VerdictKind.LEAK
    assert "another leak, in native memory" in verdict.text


def test_small_growth_in_equal_steps_is_native_with_its_rate() -> None:
    verdict = run("shop.app.X: dict", natively(5, 7.49, 9.97)).verdict
    assert verdict.kind is VerdictKind.NATIVE
    assert "kB per request, the same amount in both intervals" in verdict.text


def test_small_growth_in_one_step_waits_for_a_third_snapshot() -> None:
    verdict = run("shop.app.X: dict", natively(5, 7.49)).verdict
    assert verdict.kind is VerdictKind.INCONCLUSIVE
    assert "Take a third snapshot" in verdict.text


def test_in_one_step_a_library_s_holder_that_is_larger_stands_before_the_native_memory_of_its_objects() -> (
    None
):
    figures = TYPES + "pics.FIGURES: dict -> [7]: pics.Core * {} size=400000"
    verdict = run([figures.format(count) for count in (2, 92)], natively(5, 13.7), requests=180).verdict
    assert verdict.kind is VerdictKind.INCONCLUSIVE
    assert verdict.text.startswith("pics.FIGURES keeps 90 more entries")


@pytest.mark.parametrize(
    ("levels", "kind"),
    [
        ((5, 5.3, 5.9, 6.2), VerdictKind.INCONCLUSIVE),
        ((5, 5.5, 5.91, 6.44), VerdictKind.NATIVE),
        ((5, 5.9, 6.5, 7.5), VerdictKind.NATIVE),
        ((5, 5.9, 6.4, 6.6), VerdictKind.STABLE),
    ],
)
def test_what_the_allocator_counts_is_seen_in_steps_that_differ(
    levels: tuple[float, ...], kind: VerdictKind
) -> None:
    assert run("shop.app.X: dict", natively(*levels)).verdict.kind is kind


def test_growth_that_slows_down_is_not_judged_yet() -> None:
    verdict = run("shop.app.X: dict", natively(5, 13, 14.4)).verdict
    assert verdict.kind is VerdictKind.INCONCLUSIVE
    assert "is slowing down (8.0 MB, then 1.4 MB), so it isn't judged yet" in verdict.text


@pytest.mark.parametrize("levels", [(5, 5.9), (5, 5.5, 6)])
def test_little_that_the_allocator_counts_is_no_all_clear_while_nothing_else_grows(
    levels: tuple[float, ...],
) -> None:
    verdict = run("shop.app.X: dict", natively(*levels)).verdict
    assert verdict.kind is VerdictKind.INCONCLUSIVE
    assert verdict.text.startswith("The process grew by ")


def test_a_library_s_few_objects_stand_behind_such_growth_and_the_application_s_before_it() -> None:
    theirs = TYPES + "module pool of pool\npool.waiting: dict -> [7]: pool.Job * {} size=900"
    for text, first in ((theirs, "The process grew by 2.5 MB"), (NAMES, "shop.app.NAMES keeps")):
        verdict = run([text.format(count) for count in (3, 23)], natively(5, 7.45), requests=331).verdict
        assert verdict.kind is VerdictKind.INCONCLUSIVE
        assert verdict.text.startswith(first)


@pytest.mark.parametrize("levels", [(5, 5.2, 5.3), (5, 13, 13), (5, 13, 12), (5, 5)])
def test_a_warm_up_that_is_over_is_silent(levels: tuple[float, ...]) -> None:
    assert run("shop.app.X: dict", natively(*levels)).verdict.kind is VerdictKind.STABLE


def test_a_cache_that_fills_with_native_memory_is_no_native_leak() -> None:
    cache = TYPES + "shop.app.picture: lru_cache most=40 -> [7]: pics.Core * {}"
    verdict = run([cache.format(count) for count in (2, 10, 18)], natively(8, 40, 72)).verdict
    assert verdict.kind is VerdictKind.STABLE


def test_free_memory_that_grows_in_each_step_is_fragmentation_and_a_peak_is_not() -> None:
    grows = run("shop.app.X: dict", [Beyond(free=level) for level in (1, 13, 25, 37)]).verdict
    peak = run("shop.app.X: dict", [Beyond(free=level) for level in (1, 25, 37, 37)]).verdict
    assert (grows.kind, peak.kind) == (VerdictKind.FRAGMENTATION, VerdictKind.STABLE)


def test_free_memory_that_each_thread_may_have_left_once_is_not_judged() -> None:
    heap, levels = "threading._active: dict -> [7]: threading.Thread * 3", (1, 13, 25, 37, 49)
    few, more = (run(heap, [Beyond(free=level) for level in levels[:end]]).verdict for end in (4, 5))
    assert (few.kind, more.kind) == (VerdictKind.INCONCLUSIVE, VerdictKind.FRAGMENTATION)


def test_free_memory_between_what_a_cache_fills_waits_until_the_cache_is_full() -> None:
    text = TYPES + "shop.app.picture: lru_cache most=40 -> [7]: str * {} size={}"
    free = [Beyond(free=level) for level in (1, 13, 25, 37)]
    kinds = [
        run([text.format(count, size) for count in (2, 10, 18, 26)], free).verdict.kind
        for size in (1_000, 2_000_000)
    ]
    assert kinds == [VerdictKind.FRAGMENTATION, VerdictKind.INCONCLUSIVE]


def test_mapped_files_are_told_from_what_was_allocated() -> None:
    verdict = run("shop.app.X: dict", [Beyond(files=level) for level in (1, 31, 61)]).verdict
    assert verdict.kind is VerdictKind.NATIVE
    assert "60.0 MB of the rest is mapped files" in verdict.text
