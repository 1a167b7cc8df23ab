"""What `heapdiff` and `python -m heapdiff` start. An interrupt ends it in one line from here on, while it still imports."""

import gc
import os
import sys
from _signal import (  # type: ignore[import-not-found] # quicker
    ITIMER_REAL,
    SIGALRM,
    SIGINT,
    default_int_handler,
    getsignal,
    setitimer,
    signal,
)

INTERRUPTED = 130
SOON_S = 0.005
COLLECT_AFTER = 200_000  # objects; imports make half as many, of which none is garbage


def leave(*_: object) -> None:
    """Nothing is open yet, and an exception in the middle of an import isn't always passed on."""
    os.write(2, b"heapdiff: interrupted\n")
    os._exit(INTERRUPTED)


def interrupt_again(dropped: "sys.UnraisableHookArgs") -> None:
    """An interrupt in a weak reference's callback, of which imports have many, would only be printed and forgotten."""
    if issubclass(dropped.exc_type, KeyboardInterrupt):
        signal(SIGALRM, default_int_handler)
        setitimer(ITIMER_REAL, SOON_S)
    else:
        sys.__unraisablehook__(dropped)


IS_OURS = getsignal(SIGINT) is default_int_handler
if IS_OURS:
    signal(SIGINT, leave)


def main() -> int:
    """Run the command line and return its exit code."""
    gc.set_threshold(COLLECT_AFTER)
    from heapdiff.cli import main

    if IS_OURS:
        sys.unraisablehook = interrupt_again
        signal(SIGINT, default_int_handler)
    try:
        return main()
    finally:
        gc.freeze()  # or the interpreter looks through everything once more as it ends


if __name__ == "__main__":
    raise SystemExit(main())
