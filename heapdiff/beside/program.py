"""The program of a fresh process that runs one module as `python -m` does. Runs by itself, from its own text.

It ends with the process that started it, however that ends. Its arguments: that one's PID, its own priority, the bytes of address
space that it may have (0: all), where this Python looks for modules as JSON, the module, and what that is given.
"""

import json
import os
import resource
import runpy
import select
import signal
import sys
import threading
from contextlib import suppress


def end_with(parent: int) -> None:
    """With the process, not with its thread that started this one, as the kernel would have it."""
    with suppress(ProcessLookupError):
        descriptor = os.pidfd_open(parent)
        if os.getppid() == parent:
            threading.Thread(target=wait_for, args=(descriptor,), daemon=True).start()
            return
    os._exit(1)


def wait_for(parent: int) -> None:
    ended = select.poll()
    ended.register(parent, select.POLLIN)
    ended.poll()
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    parent, priority, most, paths, *sys.argv = sys.argv[1:]
    with suppress(OSError, AttributeError):  # a system that has no such descriptors
        end_with(int(parent))
    os.nice(int(priority))
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        score.write("1000")
    if int(most):
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_AS, (int(most), int(most)))
    sys.path.extend(path for path in json.loads(paths) if os.path.isabs(path) and path not in sys.path)
    runpy.run_module(sys.argv[0], run_name="__main__")
