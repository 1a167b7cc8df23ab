"""Packages that nothing uses, what brought them, and what each weighs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.analysis.waste.modules.import_weight import find_import_weight
from heapdiff.analysis.waste.modules.importers import Imports
from heapdiff.analysis.waste.modules.unused_packages import find_unused_packages
from heapdiff.answers import Confidence, Finding
from tests.analysis.summaries import summarize
from tests.heaps import heap

SHOP = """
    module shop.reports of application
    module shop.views of application
    module pandas of pandas
    module pandas.core of pandas
    module numpy of numpy
    module csv of standard
    module json of standard
    shop.reports.pd: $pandas
    shop.reports.build: function names=pd,rows home=shop.reports idle
    shop.views.index: function names=json home=shop.views
    shop.views.json: $json
    pandas.DataFrame: function home=pandas.core
    pandas.np: $numpy
    pandas.csv: $csv
    numpy.array: function home=numpy
    pandas.core.TABLE: dict size=3000000
    numpy.TABLE: dict size=2000000
    csv.TABLE: dict size=1000000
    json.TABLE: dict size=5000000
"""


def draw(text: str, requests: int | None = None) -> Heap:
    """`$name` in a global's place stands for the module of that name: the language has no other way to say so."""
    lines = []
    for line in text.splitlines():
        head, _, target = line.strip().partition(": $")
        stands = target and "->" not in head
        lines.append(f"{head}: bound name={target}" if stands else line.strip())
    graph = heap("\n".join(lines))
    nodes = {root.name: root.node for root in graph.roots}
    bound = [number for number, kind in enumerate(graph.types) if kind.name == "bound"]
    targets = graph.targets.copy()
    for position, node in enumerate(targets.tolist()):
        if int(graph.type_ids[node]) in bound:
            targets[position] = nodes[graph.name_of(node)]
    graph = replace(graph, targets=targets)
    return Heap(graph, summarize(graph, requests=requests))


def unused(text: str, requests: int | None = None) -> list[Finding]:
    return list(find_unused_packages(draw(text, requests)))


def test_a_package_whose_only_user_never_ran_goes_with_all_that_only_it_imports() -> None:
    """
    shop.reports ──► pandas ──► numpy, csv        shop.views ──► json
    """
    found = {each.holder: each for each in unused(SHOP)}
    assert set(found) == {"pandas"}
    pandas = found["pandas"]
    assert 6_000_000 < pandas.bytes < 6_010_000
    assert pandas.saves_bytes is None
    assert (
        pandas.title
        == "pandas with numpy, 6.0 MB: imported by shop.reports, used by no function that has run"
    )
    assert pandas.example == "shop.reports.build names it"
    assert (pandas.confidence, pandas.headline) == (Confidence.HIGH, True)
    assert "import pandas" in pandas.code[-1]


@pytest.mark.parametrize(
    "more",
    [
        "shop.reports.again: function names=pd home=shop.reports",  # it ran
        "shop.reports.FRAME: pandas.core.Frame",  # an instance
        "shop.reports.FRAMES: list -> dict -> pandas.core.Frame",
        "module flask_admin of flask_admin\nflask_admin.pd: $pandas",  # another package imports it as well
    ],
)
def test_a_package_in_use_is_no_waste(more: str) -> None:
    assert unused(f"{SHOP}\n{more}") == []


def test_what_another_module_imports_too_stays() -> None:
    found = unused(f"{SHOP}\nshop.views.numpy: $numpy\nshop.views.mean: function names=numpy home=shop.views")
    assert [each.holder for each in found] == ["pandas"]
    assert found[0].bytes < 4_010_000


def test_a_decorator_of_the_package_is_a_use() -> None:
    text = SHOP.replace("idle", "idle $build")
    wrapped = "shop.reports.retried: function home=pandas.core -> closure function: $build"
    assert unused(f"{text}\n{wrapped}") == []


def test_where_nothing_tells_what_ran_it_is_a_hint() -> None:
    found = next(each for each in unused(SHOP.replace(" idle", "")) if each.holder == "pandas")
    assert (found.confidence, found.headline) == (Confidence.LOW, False)
    assert "3.12" in found.reason
    assert "shop.reports.build ran" in found.reason


@pytest.mark.parametrize(("requests", "headline"), [(0, False), (20, False), (5000, True), (None, True)])
def test_a_worker_that_has_hardly_served_proves_nothing(requests: int | None, headline: bool) -> None:
    assert [each.headline for each in unused(SHOP, requests)] == [headline]


def test_without_a_function_that_names_it_it_may_still_have_been_used_by_the_import() -> None:
    (found,) = unused(SHOP.replace("names=pd,rows", "names=rows"))
    assert (found.confidence, found.headline) == (Confidence.LOW, False)
    assert "named by no function" in found.title


def test_a_scripts_own_code_is_the_program() -> None:
    assert unused(SHOP.replace("shop.reports", "__main__")) == []


def test_a_package_that_calls_the_application_is_in_use() -> None:
    """A framework's object, kept by the server's: App ──► its dict ──► dict ──► the application's function"""
    text = SHOP.replace("idle", "idle $build")
    kept = (
        "thread MainThread -> frame serve -> local app: {} -> .__dict__: dict -> [views]: dict -> [*]: $build"
    )
    assert unused(f"{text}\n{kept.format('pandas.core.App')}") == []
    assert [each.holder for each in unused(f"{text}\n{kept.format('numpy.App')}")] != []


def test_a_server_that_a_script_only_starts_is_not_the_application_s() -> None:
    """`import gunicorn` in its launcher, which multiprocessing gives a second name."""
    text = """
        module shop of application
        module __mp_main__ of application
        module gunicorn of gunicorn
        __mp_main__.gunicorn: $gunicorn
        gunicorn.run: function home=gunicorn
        gunicorn.TABLE: dict size=3000000
        shop.index: function home=shop
    """
    assert unused(text) == []
    assert not Imports(draw(text).routes).is_own("__mp_main__")
    assert Imports(draw(f"{text}\n__mp_main__.create: function home=__mp_main__").routes).is_own(
        "__mp_main__"
    )


def test_the_weight_of_each_package_says_who_brought_it() -> None:
    found = list(find_import_weight(draw(SHOP)))
    assert [(each.holder, each.title) for each in found] == [
        ("pandas", "pandas, 3.0 MB: 2 modules, imported by shop.reports"),
    ], "what another package brought isn't the application's choice"
    assert found[0].example == "1 of its 1 function has run, during the import or since"
    assert not any(each.headline for each in found)


def test_a_heavy_package_that_one_function_uses_is_a_headline() -> None:
    text = f"{SHOP}\nshop.reports.mean: function names=pd home=shop.reports"
    pandas, *others = find_import_weight(draw(text))
    assert pandas.title == "pandas with numpy, 6.0 MB: used by 1 function, shop.reports.mean"
    assert pandas.headline
    assert pandas.saves_bytes is None
    assert not any(each.headline for each in others)
    (unserved, *_) = find_import_weight(draw(text, requests=3))
    assert not unserved.headline


def test_modules_that_no_namespace_shows_go_with_their_package() -> None:
    text = f"{SHOP}\nmodule pandas._hidden of pandas\npandas._hidden.np: $numpy\nmodule _csv of standard"
    imports = Imports(draw(text).routes)
    assert {"pandas._hidden", "_csv", "csv", "numpy"} <= imports.only_through("pandas")
