"""Allocators that take malloc over: the memory equation has what they say of themselves, and not what glibc's unused one says."""

from __future__ import annotations

import json
from ctypes.util import find_library
from pathlib import Path

import pytest

from tests.agent.target import NATIVE, Target
from tests.cli.command import run

BLOCKS, BLOCK_BYTES = 10_000, 4000
TAKEN = f"kept = [bytearray({BLOCK_BYTES}) for _ in range({BLOCKS})]"
BOTH = {"malloc_used_bytes", "malloc_free_bytes"}


def figures(target: Target) -> dict[str, int]:
    summary = json.loads(Path(target.evaluate("snapshot()")["path"]).read_text())
    found: dict[str, int] = summary["memory"]["allocator"]
    assert (summary["memory"]["malloc"] is None) == BOTH.isdisjoint(found)
    return found


@pytest.mark.every_server
@pytest.mark.parametrize(
    ("library", "tells"), [("jemalloc", True), ("tcmalloc_minimal", True), ("mimalloc", False)]
)
def test_an_allocator_that_takes_malloc_over_is_asked_itself(
    library: str, tells: bool, tmp_path: Path
) -> None:
    file = find_library(library)
    assert file is not None, f"not installed here: {library}"
    with Target(NATIVE + f"configure({str(tmp_path)!r})", LD_PRELOAD=file) as target:
        before = figures(target)
        target.execute(TAKEN)
        after = figures(target)
    assert ({*before, *after} & BOTH) == (BOTH if tells else set())
    if tells:
        taken = after["malloc_used_bytes"] - before["malloc_used_bytes"]
        assert BLOCKS * BLOCK_BYTES <= taken <= 1.3 * BLOCKS * BLOCK_BYTES
        assert after["malloc_free_bytes"] <= before["malloc_free_bytes"] + BLOCKS * BLOCK_BYTES / 2
        assert after["malloc_used_bytes"] <= after["anonymous_bytes"]


@pytest.mark.every_server
def test_what_only_glibc_s_malloc_gives_back_names_whose_it_is(tmp_path: Path) -> None:
    file = find_library("jemalloc")
    assert file is not None
    with Target(
        "import heapdiff\nheapdiff.install(signal=None)", LD_PRELOAD=file, HEAPDIFF_DIR=str(tmp_path)
    ) as target:
        done = run("trim", str(target.process.pid), "--dir", tmp_path)
    assert file in done.stdout + done.stderr
