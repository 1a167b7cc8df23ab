"""Run three releases of the shop one after another, in two pods of four workers each, with load and snapshots.

1.0 is healthy, 1.1 forgets to drop sessions, 1.2 is fixed. `heapdiff fleet ingest` takes what they leave. Takes about a
minute, which the summaries say was half a day, with fifty minutes between a worker's snapshots.
"""

from __future__ import annotations

import argparse
import signal
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from samples.leaky_shop import server, tool, traffic
from samples.leaky_shop.__main__ import Progress, messages

from .clock import pretend

RELEASES = ("1.0", "1.1", "1.2")
PODS = ("a", "b")
WORKERS = 4
SNAPSHOTS = 4
REQUESTS = 140  # to each worker before each snapshot
SETTINGS = {
    "HEAPDIFF_SERVICE": "shop",
    "HEAPDIFF_ENVIRONMENT": "demo",
    "HEAPDIFF_SAMPLE": "4kB",  # in production 64kB or 512kB: a few seconds of load leak too little for that
}


def shop(release: str, pod: str) -> server.Application:
    """Its environment is what a manifest says in production."""
    name = f"shop-{release}-{pod}"
    settings = {**SETTINGS, "HEAPDIFF_RELEASE": release, "POD_NAME": name}
    return server.Application("shop.app:create_app()", Path(__file__).parent, environment=settings)


def run_release(release: str, directory: Path, progress: Progress) -> None:
    """Serve it in each pod, and take snapshots of all workers."""
    with ExitStack() as pods:
        ports = [
            pods.enter_context(
                server.serve(directory, WORKERS, directory / f"gunicorn-{pod}.log", shop(release, pod))
            )
            for pod in PODS
        ]
        workers = {port: traffic.find_workers(port, WORKERS) for port in ports}
        for number in range(1, SNAPSHOTS + 1):
            for port, own in workers.items():
                traffic.drive(port, own, REQUESTS, progress.count)
            tool.snapshot([pid for own in workers.values() for pid in own], f"snapshot {number}", directory)
    progress.say(f"release {release}: {SNAPSHOTS} snapshots of each of {len(PODS) * WORKERS} workers")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m samples.fleet", description=__doc__)
    parser.add_argument("--dir", type=Path, help="where the files go (default: heapdiff-out/fleet)")
    directory: Path = parser.parse_args().dir or Path("heapdiff-out") / "fleet"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    progress, before = Progress(), set(directory.glob("*.json"))
    try:
        for release in RELEASES:
            run_release(release, directory, progress)
    except (traffic.TrafficError, tool.ToolError) as error:
        print(f"\n{error}\n{messages(directory)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    pretend(set(directory.glob("*.json")) - before, RELEASES, datetime.now(UTC))
    lake = directory.with_name("lake")
    print(f"\nNow ask: heapdiff fleet ingest {directory} --to {lake}, then heapdiff fleet leaks {lake}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
