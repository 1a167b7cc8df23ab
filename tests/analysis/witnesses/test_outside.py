"""What a server or a library allocated outside any view says less than the application's own code."""

from __future__ import annotations

from heapdiff.answers import Suspect
from heapdiff.graph.heap import HeapGraph
from tests.analysis.sampled import Sampling
from tests.analysis.witnesses.shop import DICT, LIST, NEW, VIEW, of_new, suspect


def kept_parts_of_a_request(many: int, own: int, direct: bool = False) -> Suspect:
    def fill(sampling: Sampling, graph: HeapGraph) -> None:
        kinds = of_new(graph, DICT if direct else NEW)
        for where in ("werkzeug/routing/matcher.py:170 match", "gunicorn/wsgi.py:288 create"):
            sampling.add(f"{many // 2} x {where} <- gunicorn/base.py:9 run", kinds, direct=direct)
        sampling.add(f"{own} x shop/cache.py:31 session_for <- {VIEW}", kinds, direct=direct)

    return suspect(fill)


def test_code_of_the_application_decides_where_it_also_keeps_what_a_server_made_of_the_request() -> None:
    found = kept_parts_of_a_request(many=30, own=9)
    assert [(row.function, row.agrees) for row in found.allocated] == [
        ("session_for", True),
        ("create", False),
        ("match", False),
    ]
    assert found.witness == (
        "Allocated at shop/cache.py:31 in session_for, view shop.views.product: 9 of 39 samples, about 152.0 kB. "
        "The rest was allocated by the server or by libraries, before or after the application's own code."
    )


def test_it_does_not_where_few_samples_are_of_its_code_or_they_may_name_what_had_the_memory_before() -> None:
    assert not kept_parts_of_a_request(many=190, own=9).is_allocation_known
    assert not kept_parts_of_a_request(many=30, own=7).is_allocation_known
    reused = kept_parts_of_a_request(many=30, own=9, direct=True)
    assert not reused.is_allocation_known
    assert reused.witness.endswith(
        "Python reuses the memory of such objects, so a sample may name the code that had it before."
    )


def test_where_code_of_the_application_disagrees_it_is_listed_before_what_a_server_made() -> None:
    def fill(sampling: Sampling, graph: HeapGraph) -> None:
        sampling.add("30 x gunicorn/wsgi.py:288 create <- gunicorn/base.py:9 run", of_new(graph))
        sampling.add(f"6 x shop/a.py:1 first <- {VIEW}", of_new(graph))
        sampling.add("5 x shop/b.py:2 second <- THREAD", of_new(graph))

    assert [row.function for row in suspect(fill).allocated] == ["first", "second", "create"]


def test_a_server_that_makes_the_entries_is_not_named_before_the_view_that_fills_them() -> None:
    def fill(sampling: Sampling, graph: HeapGraph) -> None:
        sampling.add(f"80 x shop/views.py:20 body <- {VIEW}", of_new(graph, LIST))
        sampling.add(
            "9 x flask/app.py:1405 app_context <- gunicorn/base.py:9 run", of_new(graph), direct=True
        )

    assert suspect(fill).allocated[0].site == "shop/views.py:20 in body"
