"""The C kernels over two graphs in two threads: `python -m tests.fuzz.threaded_kernels [EXTENSION]`, under ThreadSanitizer.

All answers must be those of one thread. Without EXTENSION, a shared library, it is the one that's installed.
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any, Final

import numpy as np

ROUNDS: Final = 6
NODES: Final = 20_000


def install(path: str) -> None:
    """Put another build of the kernels in the place of the installed one, before anybody imports it."""
    spec = importlib.util.spec_from_file_location("heapdiff.graph._kernels", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules[spec.name] = module


def work_out(seed: int, directory: Path) -> list[object]:
    """Everything that kernels say of two graphs: one read from a file, and one that changed a little."""
    from heapdiff.graph import compute_dominators, compute_reachable, compute_retained, load, shortest_paths
    from heapdiff.graph.dominators import DominatorTree
    from heapdiff.graph.paths import find_ties, match_addresses, price_edges, prove_matches
    from heapdiff.snapshot import read_snapshot
    from tests.graph.random_graphs import big_random_graph

    chance = np.random.default_rng(seed)
    before, after = (big_random_graph(seed, NODES, 3 * NODES) for _ in range(2))
    after.targets[::9] = chance.permutation(after.targets[::9])
    read = load(read_snapshot(directory / "shop.json"))
    by_kind, by_name, extra = (chance.integers(1, 200, size).astype(np.uint8) for size in (16, 1, NODES))
    costs = price_edges(after, by_kind, by_name, extra, 240)
    paths = shortest_paths(after, costs, [1, 2, 3])
    matched = match_addresses(before, after)
    prove_matches(before, after, matched, np.zeros(NODES, np.uint8), np.arange(9))
    idom = compute_dominators(after)
    retained = compute_retained(after, idom)
    nodes, first = np.arange(NODES, dtype=np.uint32), np.arange(NODES + 1, dtype=np.int32)
    is_space = np.zeros(NODES, np.bool_)
    tree = DominatorTree(after, idom, retained, first, nodes, paths.parent, paths.edge, is_space)
    found: tuple[Any, ...] = (
        costs,
        *(paths.distance, paths.edge, paths.parent),
        find_ties(after, costs, paths.distance, paths.edge, 99).edges,
        after.edges_to([5, 6, 7]),
        matched,
        idom,
        retained,
        tree.below(nodes),
        *(alike.members for alike in tree.group(nodes, True, 9)),
        compute_reachable(after, [4]),
        read.targets,
        read.sizes[:],
    )
    return [each.tolist() for each in found]


def together(make: Callable[[int], list[object]], seeds: tuple[int, int]) -> list[list[object]]:
    """Both at once."""
    barrier = Barrier(2)

    def one(seed: int) -> list[object]:
        barrier.wait()
        return make(seed)

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, seeds))


def main(arguments: list[str]) -> None:
    if arguments:
        install(arguments[0])
    from heapdiff.graph.kernels import SLOW
    from tests.heapfiles import write_snapshot
    from tests.heaps import heap

    assert SLOW is None
    with tempfile.TemporaryDirectory() as name:
        write_snapshot(heap("shop.A: dict -> [*]: shop.Session * 3000 size=70000"), Path(name), "shop")
        alone = [work_out(seed, Path(name)) for seed in range(ROUNDS)]
        for seed in range(ROUNDS):
            for other in (seed, (seed + 1) % ROUNDS):
                both = together(lambda each: work_out(each, Path(name)), (seed, other))
                assert both == [alone[seed], alone[other]], f"seeds {seed} and {other}"
    print(f"{2 * ROUNDS} pairs, all as in one thread")


if __name__ == "__main__":
    main(sys.argv[1:])
