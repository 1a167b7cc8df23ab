"""Installs the agent as a user's sitecustomize would, in each Python of a suite that is told a directory.

The line that each capture writes to standard error (decision 0003) goes nowhere: the agent keeps silent where that is
another file than when it started, and a test that reads its child's would find the line, rightly.
"""

import os


def install() -> None:
    try:
        import heapdiff
    except ModuleNotFoundError:  # a suite started the Python that its environment was made from
        return
    try:
        kept = os.dup(2)
    except OSError:  # it was started with that closed
        heapdiff.install()
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        heapdiff.install()
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


if __name__ == "sitecustomize" and os.environ.get("HEAPDIFF_DIR"):
    install()
