"""The sampler in a process that allocates, forks, traces and switches it all at once; `-m soak` takes ten million allocations."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.agent.setups import NEEDS_NATIVE
from tests.agent.target import ROOT

pytestmark = NEEDS_NATIVE

LIMIT_S = 900


def rage(*arguments: str, **environment: str) -> dict[str, int]:
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-m", "tests.agent.native.sampling_stress", *arguments],
        capture_output=True, text=True, check=False, cwd=ROOT, timeout=LIMIT_S,
        env={**os.environ, **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told: dict[str, int] = json.loads(done.stdout)
    return told


@pytest.mark.slow
def test_it_keeps_its_books_while_everything_happens_at_once() -> None:
    told = rage("--allocations", "150000")
    assert min(told["switched"], told["traced"], told["forked"]) > 0


def test_it_keeps_its_books_among_greenlets() -> None:
    pytest.importorskip("gevent")
    assert rage("--allocations", "100000", "--gevent")["switched"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("allocator", ["malloc", "pymalloc_debug", "malloc_debug"])
def test_it_keeps_its_books_before_other_allocators(allocator: str) -> None:
    """With these it has to see every free, not only those of large blocks."""
    assert rage("--allocations", "30000", PYTHONMALLOC=allocator)["switched"] > 0


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2])
def test_it_keeps_its_books_through_ten_million_allocations(seed: int) -> None:
    assert rage("--allocations", "10000000", "--seed", str(seed))["switched"] > 100
