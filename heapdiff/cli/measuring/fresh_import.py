"""The program of a fresh process that imports one module and says what that cost. Runs by itself, from its own text.

Its arguments: the module, and the descriptor to answer on. It imports only what is built in, so that nothing that the
module imports is there already.
"""

from __future__ import annotations

import gc
import posix
import sys
from time import perf_counter

MYPY = False
if MYPY:
    from collections.abc import Callable
    from typing import Any

PARTS_MOST = 20


class Part:
    """One module's own code, with all that it imports."""

    def __init__(self, name: str) -> None:
        self.name, self.ms, self.rss_bytes = name, 0.0, 0


class Finder:
    """Finds what the others find, and measures how long each module's own code runs."""

    def __init__(self, rss: Callable[[], int]) -> None:
        self.rss = rss
        self.parts: list[Part] = []  # in the order in which they begin

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        for other in sys.meta_path:
            found: Any = None if other is self else other.find_spec(name, path, target)
            if found is not None:
                self.watch(found.loader)
                return found
        return None

    def watch(self, loader: Any) -> None:
        run = getattr(loader, "exec_module", None)
        if run is None or isinstance(loader, type):
            return  # a namespace's, or built in

        run = getattr(run, "measured", run)  # a loader may be that of several modules, as a zip file's is

        def exec_module(module: Any) -> Any:
            part = Part(module.__name__)
            self.parts.append(part)
            if "exec_module" in getattr(
                loader, "__dict__", ()
            ):  # not since another of its modules was imported
                del loader.exec_module
            start, before = perf_counter(), self.rss()
            try:
                return run(module)
            finally:
                part.ms, part.rss_bytes = (perf_counter() - start) * 1000, self.rss() - before

        exec_module.measured = run  # type: ignore[attr-defined]
        try:
            loader.exec_module = exec_module
        except AttributeError:
            return  # it can't be asked


def measure(module: str, rss: Callable[[], int]) -> dict[str, Any]:
    finder, known = Finder(rss), set(sys.modules)
    sys.meta_path.insert(0, finder)
    gc.collect()
    objects, before, start = len(gc.get_objects()), rss(), perf_counter()
    __import__(module)
    ms, rss_bytes = (perf_counter() - start) * 1000, rss() - before
    gc.collect()
    return {
        "ms": ms,
        "rss_bytes": max(0, rss_bytes),
        "objects": max(0, len(gc.get_objects()) - objects),
        "modules": len(set(sys.modules) - known),
        "heaviest": find_heaviest(module, finder.parts),
    }


def find_heaviest(module: str, parts: list[Part]) -> list[dict[str, Any]]:
    """Other packages, each as it first began, with all that ran until it was done."""
    found: dict[str, dict[str, Any]] = {}
    for part in parts:
        package = part.name.partition(".")[0]
        if package != module.partition(".")[0] and package not in found:
            found[package] = {"package": package, "ms": part.ms, "rss_bytes": max(0, part.rss_bytes)}
    return sorted(found.values(), key=lambda each: -each["ms"])[:PARTS_MOST]


def main() -> None:
    module, out = sys.argv[1], int(sys.argv[2])
    statm, page = posix.open("/proc/self/statm", posix.O_RDONLY), posix.sysconf("SC_PAGE_SIZE")
    try:
        answer = measure(module, lambda: int(posix.pread(statm, 100, 0).split()[1]) * page)
    except BaseException as error:  # whatever a module raises
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        answer = {"error": f"{type(error).__name__}: {error}"[:500], "missing": missing}
    import json

    text = json.dumps(answer).encode("ascii")
    while text:
        text = text[posix.write(out, text) :]
    posix._exit(0)


if __name__ == "__main__":
    main()
