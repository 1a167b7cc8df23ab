"""A small program for valgrind: installs the native agent and captures by each trigger. Ends with 1 if one failed."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time

from heapdiff.agent import _native

LIMIT_S = 240.0


def wait_for(captures: int) -> None:
    last = time.monotonic() + LIMIT_S
    while _native.status()["captures"] < captures or _native.status()["state"] == "running":
        if time.monotonic() > last or _native.status()["failures"]:
            sys.exit(f"no snapshot {captures}: {_native.status()}")
        time.sleep(0.01)


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o700)
        _native.configure(directory, 3, 120.0, "0", "", "[]", "2026-01-01T00:00:00Z", "host", "1-2-3-4")
        _native.start()
        _native.arm(signal.SIGUSR2)
        _native.request("api", "a label", None, None, True)
        wait_for(1)
        os.kill(os.getpid(), signal.SIGUSR2)
        wait_for(2)
        _native.automate(1, 0, 0, 0, 0, 3600)
        wait_for(3)
        _native.automate(0, 0, 1, 0, 0, 3600)
        wait_for(4)
        _native.automate(0, 0, 0, 5, 0, 0)
        for _ in range(5):
            _native.count_request()
        wait_for(5)
        _native.automate(0, 0, 0, 0, 60, 0)
        _native.before_exit()
        wait_for(6)
        _native.stop()


if __name__ == "__main__":
    main()
