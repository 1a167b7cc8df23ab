"""Run three releases of the shop one after another, two workers each, with load and snapshots.

1.0 is healthy, 1.1 forgets to drop sessions, 1.2 is fixed. `heapdiff fleet ingest` takes what they leave. About half a minute.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from samples.leaky_shop import server, tool, traffic
from samples.leaky_shop.__main__ import Progress, messages

RELEASES = ("1.0", "1.1", "1.2")
WORKERS = 2
SNAPSHOTS = 5
REQUESTS = 400  # to each worker before each snapshot
SETTINGS = {
    "HEAPDIFF_SERVICE": "shop",
    "HEAPDIFF_ENVIRONMENT": "demo",
    "HEAPDIFF_SAMPLE": "4kB",  # in production 64kB or 512kB: a few seconds of load leak too little for that
}


def run_release(release: str, directory: Path, progress: Progress) -> None:
    """Serve it, and take snapshots of each of its workers."""
    settings = {**SETTINGS, "HEAPDIFF_RELEASE": release}
    application = server.Application("shop.app:create_app()", Path(__file__).parent, environment=settings)
    with server.serve(directory, WORKERS, directory / "gunicorn.log", application) as port:
        workers = traffic.find_workers(port, WORKERS)
        for number in range(1, SNAPSHOTS + 1):
            traffic.drive(port, workers, REQUESTS, progress.count)
            tool.snapshot(workers, f"snapshot {number}", directory)
    progress.say(f"release {release}: {SNAPSHOTS} snapshots of each of {WORKERS} workers")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m samples.fleet", description=__doc__)
    parser.add_argument("--dir", type=Path, help="where the files go (default: heapdiff-out/fleet)")
    directory: Path = parser.parse_args().dir or Path("heapdiff-out") / "fleet"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    progress = Progress()
    try:
        for release in RELEASES:
            run_release(release, directory, progress)
    except (traffic.TrafficError, tool.ToolError) as error:
        print(f"\n{error}\n{messages(directory)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    lake = directory.with_name("lake")
    print(f"\nNow ask: heapdiff fleet ingest {directory} --to {lake}, then heapdiff fleet leaks {lake}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
