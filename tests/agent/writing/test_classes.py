"""A class of which there is no instance is known by the module that it says it is from, with every engine with a graph."""

from __future__ import annotations

from pathlib import Path

import pytest

from heapdiff.analysis.holders.holder import place_of
from heapdiff.analysis.reach.routes import compute_routes
from heapdiff.graph.loading import load
from heapdiff.snapshot import read_snapshot
from tests.agent.setups import EVERY_ENGINE, engine_setup
from tests.agent.target import Target

PACKAGE = {  # the importer comes first by name
    "__init__": "",
    "admin": "from shoppkg.registry import Carts",
    "bills": "from shoppkg.totals import total",
    "registry": "class Carts:\n    by_user = {}",
    "totals": "import functools\n@functools.lru_cache(maxsize=None)\ndef total(user):\n    return [user]\ntotal(1)",
}


@pytest.mark.parametrize("engine", EVERY_ENGINE)
def test_a_class_without_instances_and_a_cache_are_named_where_they_were_defined(
    engine: str, tmp_path: Path
) -> None:
    package = tmp_path / "shoppkg"
    package.mkdir()
    for name, text in PACKAGE.items():
        (package / f"{name}.py").write_text(text)
    (tmp_path / "snapshots").mkdir(mode=0o700)
    with Target(engine_setup(engine, tmp_path / "snapshots")) as target:
        target.execute(f"sys.path.insert(0, {str(tmp_path)!r})")
        target.execute("import shoppkg.admin, shoppkg.bills")
        addresses = target.evaluate("[id(shoppkg.registry.Carts.by_user), id(shoppkg.totals.total)]")
        graph = load(read_snapshot(Path(target.evaluate("snapshot()")["path"])))
    routes = compute_routes(graph)
    paths = [place_of(routes, graph.index_of(address)).path for address in addresses]
    assert paths == ["shoppkg.registry.Carts.by_user", "shoppkg.totals.total.<lru_cache>"]
