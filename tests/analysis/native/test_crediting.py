"""Native growth gets an address: new objects that can own it and go with it, and who keeps them."""

from __future__ import annotations

from collections.abc import Sequence

from heapdiff.analysis.comparison.comparing import compare
from heapdiff.answers import Comparison, Confidence, Suspect
from tests.analysis.summaries import Beyond, processes

TYPES = """
    module shop.app of application
    module pics of pics
    module _ssl of standard
    pics._c.Core: ctype
    pics._c.Style: ctype
    pics.Image: type -> .open: function
    _ssl._SSLContext: ctype
    """
PICTURES = "shop.app.PICTURES: dict -> [7]: pics.Image * {} -> .im: pics._c.Core\n"
NAMES = "shop.app.NAMES: list -> str * {}\n"
STYLES = "shop.app.STYLES: list -> pics._c.Style * {}\n"


def run(texts: Sequence[str], native: Sequence[float], requests: int = 100) -> Comparison:
    graphs = processes(
        [TYPES + text for text in texts], [Beyond(native=amount) for amount in native], requests
    )
    return compare(graphs)


def suspect(comparison: Comparison, path: str) -> Suspect:
    return next(each for each in comparison.suspects if each.holder.path == path)


def test_a_few_objects_that_go_with_it_step_by_step_are_listed_first() -> None:
    texts = [PICTURES.format(count) + NAMES.format(count) for count in (2, 10, 18)]
    found = run(texts, (8, 40, 72)).suspects[0]
    assert (found.holder.path, found.confidence) == ("shop.app.PICTURES", Confidence.HIGH)
    assert round((found.native_bytes_delta or 0) / 1e6) == 64
    assert found.native is not None
    assert (found.native.type, found.native.owner, found.native.count) == ("pics.Image", "pics._c.Core", 16)
    assert "4.0 MB for each of 16 new pics.Image" in found.reason


def test_one_step_tells_less() -> None:
    found = run([PICTURES.format(2), PICTURES.format(10)], (8, 40)).suspects[0]
    assert (found.holder.path, found.confidence) == ("shop.app.PICTURES", Confidence.MEDIUM)


def test_what_cannot_own_it_gets_nothing_credited() -> None:
    comparison = run([NAMES.format(count) for count in (10, 210, 410)], (8, 40, 72))
    assert suspect(comparison, "shop.app.NAMES").native_bytes_delta is None


def test_what_malloc_gave_out_is_no_stack() -> None:
    threads = "threading._active: dict -> [7]: threading.Thread * {}\n"
    comparison = run([threads.format(count) for count in (1, 5)], (8, 40))
    assert all(each.native_bytes_delta is None for each in comparison.suspects)


def test_what_can_own_it_but_does_not_go_with_it_gets_nothing_credited() -> None:
    comparison = run([STYLES.format(count) for count in (10, 310, 330)], (8, 40, 72))
    assert all(each.native_bytes_delta is None for each in comparison.suspects)


def test_with_two_that_go_with_it_neither_is_sure() -> None:
    texts = [PICTURES.format(count) + STYLES.format(count) for count in (2, 10, 18)]
    found = {each.holder.path: each.confidence for each in run(texts, (8, 40, 72)).suspects}
    assert found == {"shop.app.PICTURES": Confidence.MEDIUM, "shop.app.STYLES": Confidence.MEDIUM}


def test_a_type_known_to_own_memory_is_believed_before_another() -> None:
    contexts = "shop.app.CONTEXTS: list -> _ssl._SSLContext * {}\n"
    texts = [contexts.format(count) + STYLES.format(count) for count in (2, 10, 18)]
    found = run(texts, (8, 40, 72)).suspects[0]
    assert (found.holder.path, found.confidence) == ("shop.app.CONTEXTS", Confidence.HIGH)


def test_with_two_known_to_own_memory_that_go_with_it_neither_is_sure() -> None:
    both = "shop.app.CONTEXTS: list -> _ssl._SSLContext * {0}\nshop.app.TREES: list -> lxml.etree._Document * {0}\n"
    texts = ["lxml.etree._Document: ctype\n" + both.format(count) for count in (2, 10, 18)]
    comparison = run(texts, (8, 40, 72))
    found = {each.holder.path: each.confidence for each in comparison.suspects}
    assert found == {"shop.app.CONTEXTS": Confidence.MEDIUM, "shop.app.TREES": Confidence.MEDIUM}
    assert "16 new _ssl._SSLContext in shop.app.CONTEXTS, " in comparison.verdict.text
    assert "It fits 16 new lxml.etree._Document in shop.app.TREES as well" in comparison.verdict.text


def test_a_cache_with_a_bound_fills_with_native_memory_too() -> None:
    cache = "shop.app.picture: lru_cache most=40 -> [7]: pics.Image * {} -> .im: pics._c.Core\n"
    comparison = run([cache.format(count) for count in (2, 10, 18)], (8, 40, 72))
    assert {each.confidence for each in comparison.suspects} == {Confidence.LOW}
    assert "native memory grew with them" in comparison.suspects[0].reason.lower()


def test_objects_behind_plain_containers_are_called_by_what_a_person_looks_for() -> None:
    rows = "shop.app.ROWS: list -> tuple * {} -> dict -> [*]: pics.Image -> .im: pics._c.Core\n"
    found = run([rows.format(count) for count in (2, 10, 18)], (8, 40, 72)).suspects[0]
    assert found.native is not None
    assert (found.holder.path, found.native.type) == ("shop.app.ROWS", "pics.Image")


def test_of_an_object_and_its_many_parts_the_object_is_named() -> None:
    documents = "shop.app.DOCS: list -> pics._c.Core * {} -> pics._c.Style * 3\n"
    found = run([documents.format(count) for count in (2, 10, 18)], (8, 40, 72)).suspects[0]
    assert found.native is not None
    assert (found.native.owner, found.native.count, found.confidence) == ("pics._c.Core", 16, Confidence.HIGH)
