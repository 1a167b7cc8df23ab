"""What another process writes: waits for it, and reads what a command says went wrong."""

import selectors
from collections.abc import Collection


def wait_readable(descriptors: Collection[int], seconds: float) -> list[int]:
    """Those that can be read, or have ended, once there is one; none after so long. Lets other threads or greenlets run.

    Not by `select`, which takes no number from 1024 on: a server with many connections has those.
    """
    with selectors.DefaultSelector() as selector:
        for descriptor in descriptors:
            selector.register(descriptor, selectors.EVENT_READ)
        return [key.fd for key, _ in selector.select(seconds)]


def read_failure(name: str, code: int, said: str) -> tuple[str, str]:
    """The line that says what went wrong, and the one that says what to do next, if any. As the command wrote them."""
    lines = [line for line in said.splitlines() if line.strip()]
    what = lines[0].removeprefix("heapdiff: ") if lines else f"{name} ended with {code}"
    return what, lines[1] if len(lines) > 1 else ""
