"""Large objects and sets, pinned buffers, requests that outlive themselves."""

from __future__ import annotations

import pytest

from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.analysis.waste.held.large_objects import find_large_objects
from heapdiff.analysis.waste.held.large_sets import find_large_sets
from heapdiff.analysis.waste.held.outliving_requests import find_outliving_requests
from heapdiff.analysis.waste.held.pinned_buffers import find_pinned_buffers
from heapdiff.answers import Confidence
from tests.analysis.summaries import summarize
from tests.heaps import heap


def look(text: str) -> Heap:
    graph = heap(text)
    return Heap(graph, summarize(graph))


def test_a_table_counts_with_its_columns_and_once() -> None:
    """
    SALES ──► DataFrame ──► BlockManager ──► 3 ndarrays of 8 MB, none of them large by itself
    """
    text = """
        shop.sales.SALES: pandas.core.frame.DataFrame -> ._mgr: pandas.Manager -> numpy.ndarray * 3 size=8000000
        shop.sales.SMALL: bytes size=900000
    """
    (found,) = find_large_objects(look(text))
    assert found.title == "A pandas DataFrame of 24.0 MB in shop.sales.SALES"
    assert found.holder == "shop.sales.SALES"
    assert found.headline


def test_several_large_objects_of_one_holder_are_one_finding() -> None:
    (found,) = find_large_objects(look("shop.media.FILES: dict -> [*]: bytes * 3 size=12000000"))
    assert found.title == "3 objects, the largest a bytes object of 12.0 MB in shop.media.FILES"
    assert (found.count, found.headline) == (3, True)


def test_what_a_library_keeps_is_no_headline() -> None:
    text = "module nltk of nltk\nnltk.WORDS: bytes size=20000000\nmodule shop of application"
    assert [each.headline for each in find_large_objects(look(text))] == [False]


def test_a_large_set_is_named_where_it_comes_together() -> None:
    """What a module's variable stands for is a global's; a class attribute, a closure, a call's variable are not."""
    text = """
        shop.models.Registry: type -> ._rows: dict -> [*]: shop.models.Row * 40 size=500000
        shop.catalog.ROWS: dict -> [*]: dict * 40 size=500000
        thread MainThread -> frame export -> local rows: list -> [*]: dict * 40 size=500000
    """
    found = {each.holder: each for each in find_large_sets(look(text))}
    assert set(found) == {"shop.models.Registry._rows", "<thread MainThread>.export.<local rows>"}
    assert (
        found["shop.models.Registry._rows"].title == "shop.models.Registry._rows keeps 40 entries in a dict"
    )
    assert found["shop.models.Registry._rows"].headline
    assert "A running call" in found["<thread MainThread>.export.<local rows>"].change


def test_a_buffer_that_only_small_views_keep_is_pinned() -> None:
    text = "shop.images.HEADS: list -> numpy.ndarray * 5 shows=4000 -> .base: numpy.ndarray size=8000000"
    (found,) = find_pinned_buffers(look(text))
    assert found.title == "5 buffers of 40.0 MB, kept for views of 20.0 kB in shop.images.HEADS"
    assert found.saves_bytes is not None
    assert found.saves_bytes == pytest.approx(40_000_000 - 20_000, abs=200)
    assert (found.holder, found.count, found.confidence) == ("shop.images.HEADS", 5, Confidence.HIGH)


def test_a_memoryview_pins_what_it_was_cut_from() -> None:
    text = "shop.images.HEAD: memoryview shows=100 -> managedbuffer -> bytes size=5000000"
    (found,) = find_pinned_buffers(look(text))
    assert found.title == "A buffer of 5.0 MB, kept for a view of 100 bytes in shop.images.HEAD"
    assert "bytes(view" in found.code[0]


def test_memoryviews_of_one_buffer_share_its_reference() -> None:
    text = """
        shop.images.PARTS: list -> memoryview * 2 shows=100 $view
        shop.images.PARTS: list -> memoryview shows=50 $other
        $view -> managedbuffer $managed -> bytes size=5000000
        $view1 -> $managed
        $other -> $managed
    """
    (found,) = find_pinned_buffers(look(text))
    assert found.title == "A buffer of 5.0 MB, kept for views of 250 bytes in shop.images.PARTS"


@pytest.mark.parametrize(
    "text",
    [
        "shop.A: numpy.ndarray shows=4000000 -> .base: numpy.ndarray size=8000000",  # half of it
        "shop.A: numpy.ndarray shows=4000 -> .base: numpy.ndarray size=800000",  # below 1 MB
        "shop.A: numpy.ndarray -> .base: numpy.ndarray size=8000000",  # nobody knows how much it shows
        "shop.A: numpy.ndarray shows=40 -> .base: numpy.ndarray size=8000000 $whole\nshop.WHOLE: list -> $whole",
        "shop.A: numpy.ndarray shows=40 -> .base: numpy.ndarray size=8000000 extra=1",  # native code has it
        # each shows it over and over, together more than a 64-bit number can say
        "shop.A: list -> numpy.ndarray * 4 shows=6000000000000000000 $view\n$view -> .base: numpy.ndarray $whole size=8000000\n"
        "$view1 -> .base: $whole\n$view2 -> .base: $whole\n$view3 -> .base: $whole",
    ],
)
def test_a_buffer_in_use_is_not_pinned(text: str) -> None:
    assert list(find_pinned_buffers(look(text))) == []


def test_responses_that_a_global_keeps_outlive_their_request() -> None:
    text = "shop.gateway.RECENT: list -> requests.models.Response * 12 -> ._content: bytes size=200000"
    (found,) = find_outliving_requests(look(text))
    assert found.title == "12 requests.models.Response objects outlive the request, in shop.gateway.RECENT"
    assert found.bytes > 2_400_000
    assert (found.headline, found.confidence) == (True, Confidence.HIGH)


def test_a_librarys_or_the_applications_own_kind_of_response_counts() -> None:
    """Of the class that it's derived from there may be no instance."""
    text = """
        werkzeug.wrappers.response.Response: class $base
        flask.wrappers.Response: type -> .__mro__: tuple -> $base
        shop.views.LAST: list -> flask.wrappers.Response * 12 size=200000
    """
    (found,) = find_outliving_requests(look(text))
    assert found.type == "flask.wrappers.Response"
    assert "its data, if you need it" in found.change


def test_what_a_running_call_has_or_a_library_keeps_is_of_a_request() -> None:
    text = """
        module werkzeug of werkzeug
        module shop of application
        thread MainThread -> frame view -> local request: werkzeug.wrappers.request.Request size=2000000
        werkzeug.CURRENT: list -> werkzeug.wrappers.request.Request size=2000000
    """
    assert list(find_outliving_requests(look(text))) == []
