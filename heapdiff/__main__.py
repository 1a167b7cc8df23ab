"""What `heapdiff` and `python -m heapdiff` start. An interrupt ends it in one line from here on, while it still imports."""

import os
from _signal import SIGINT, default_int_handler, getsignal, signal  # type: ignore[import-not-found] # quicker

INTERRUPTED = 130


def leave(*_: object) -> None:
    """Nothing is open yet, and an exception in the middle of an import isn't always passed on."""
    os.write(2, b"heapdiff: interrupted\n")
    os._exit(INTERRUPTED)


IS_OURS = getsignal(SIGINT) is default_int_handler
if IS_OURS:
    signal(SIGINT, leave)


def main() -> int:
    """Run the command line and return its exit code."""
    from heapdiff.cli import main

    if IS_OURS:
        signal(SIGINT, default_int_handler)
    return main()


if __name__ == "__main__":
    raise SystemExit(main())
