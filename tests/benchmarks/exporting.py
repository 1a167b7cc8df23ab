"""What `heapdiff export` costs: `python -m tests.benchmarks.exporting SNAPSHOT...`

Each format in a fresh process: seconds of CPU time from its start to its end, and per object its peak memory and what it wrote.
The aim is 4 s for 1.1 million objects, and 250 bytes per object.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from heapdiff.export.formats import FORMATS

CHILD: Final = r"""
import sys, time
from heapdiff.cli import main
assert main(["export", *sys.argv[1:]]) == 0
with open("/proc/self/status") as status:
    peak = next(line.split()[1] for line in status if line.startswith("VmHWM"))
print(time.process_time(), peak)
"""
LINE: Final = "{:>12}{:>12}  {:<10}{:>7}{:>8}{:>15}{:>18}"


def main(arguments: list[str]) -> None:
    print(LINE.format("objects", "references", "format", "CPU s", "MB", "peak B/object", "written B/object"))
    for snapshot in map(Path, arguments):
        capture = json.loads(snapshot.read_text("utf-8"))["capture"]
        for name, each in FORMATS.items():
            with tempfile.TemporaryDirectory() as folder:
                output = Path(folder, f"out{each.ending}")
                told = subprocess.run(
                    [sys.executable, "-c", CHILD, str(snapshot), "--to", name, "-o", str(output)],
                    capture_output=True, text=True, check=True,
                )  # fmt: skip
                seconds, peak_kb = told.stdout.splitlines()[-1].split()
                files = [output] if output.is_file() else [*output.iterdir()]
                written = sum(file.stat().st_size for file in files)
            objects, peak = capture["objects"], int(peak_kb) * 1024
            print(
                LINE.format(
                    f"{objects:,}", f"{capture['references']:,}", name, f"{float(seconds):.2f}",
                    f"{peak / 1e6:,.0f}", f"{peak / objects:.0f}", f"{written / objects:.0f}",
                ),
                flush=True,
            )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
