"""What each snapshot of a fleet costs: bytes on the disk and in the bucket, and CPU time to take it, compare it and redact it.

`python -m tests.benchmarks.collecting HEAPS [--objects 170000 1000000]`, with the directory that `python -m samples.fleet`
filled. What it costs to take it into a lake says `python -m tests.benchmarks.ingest`.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path

HEAPDIFF = Path(sys.executable).with_name("heapdiff")
CAPTURE = """
import resource, sys
import heapdiff
kept = [{"number": str(number)} for number in range((int(sys.argv[1]) - 60_000) // 2)]
heapdiff.install(signal=None)
heapdiff.snapshot(sys.argv[2])
before = resource.getrusage(resource.RUSAGE_CHILDREN)
heapdiff.snapshot(sys.argv[2])
after = resource.getrusage(resource.RUSAGE_CHILDREN)
print(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("heaps", type=Path)
    parser.add_argument("--objects", type=int, nargs="*", default=[170_000, 1_000_000])
    arguments = parser.parse_args()
    summaries = sorted(path for path in arguments.heaps.glob("*-*-*-*Z.json"))
    graphs = [path.with_suffix(".heap") for path in summaries]
    print_sizes("summary", summaries)
    print_sizes("graph", graphs)
    objects = statistics.mean(json.loads(path.read_text())["capture"]["objects"] for path in summaries)
    print(f"{objects:,.0f} objects in each")
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        compare_pairs(pairs_of(summaries), place)
        for number in arguments.objects:
            done = subprocess.run(
                [sys.executable, "-c", CAPTURE, str(number), str(place / "taken.json")],
                check=True, capture_output=True, text=True,
            )  # fmt: skip
            counted = json.loads((place / "taken.json").read_text())["capture"]["objects"]
            print(f"capture of {counted:,} objects: {float(done.stdout):.2f} CPU s in the child")


def pairs_of(summaries: Sequence[Path]) -> list[tuple[Path, Path]]:
    """Snapshots of one worker that follow each other."""
    workers = [path.stem.rsplit("-", 2)[0] for path in summaries]
    return [
        (before, after)
        for before, after, one, other in zip(summaries, summaries[1:], workers, workers[1:], strict=False)
        if one == other
    ]


def compare_pairs(pairs: Sequence[tuple[Path, Path]], place: Path) -> None:
    answers, spent = [], []
    for number, (before, after) in enumerate(pairs[:10]):
        answers.append(place / f"{number}.json")
        spent.append(cpu_s_of("compare", before, after, "--format", "json", "-o", answers[-1]))
    print_sizes("comparison", answers)
    print(f"compare: {statistics.median(spent):.2f} CPU s, {peak_mb():,.0f} MB at most")
    redacted = place / "redacted.json"
    print(f"redact: {cpu_s_of('redact', pairs[0][0], '-o', redacted):.2f} CPU s")
    print_sizes("redacted graph", [redacted.with_suffix(".heap")])


def cpu_s_of(*arguments: str | Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([HEAPDIFF, *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000


def print_sizes(what: str, files: Sequence[Path]) -> None:
    sizes = [sizes_of(path) for path in files]
    plain, packed = (statistics.mean(each) for each in zip(*sizes, strict=True))
    print(f"{what}: {plain:,.0f} bytes, {packed:,.0f} deflated ({len(files)} files)")


def sizes_of(path: Path) -> tuple[int, int]:
    content = path.read_bytes()
    return len(content), len(zlib.compress(content))


if __name__ == "__main__":
    main()
