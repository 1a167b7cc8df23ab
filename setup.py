"""Builds the two C extensions; a machine without a compiler gets the pure-Python fallbacks and a clear message."""

import os
import sys
import sysconfig
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

INTERNALS = Path(sysconfig.get_path("include")) / "internal"
CFLAGS = ["-std=gnu11", "-g", "-fvisibility=hidden", "-Wall", "-Wextra", "-Wno-unused-parameter"]
LDFLAGS: list[str] = []
REQUIRED = bool(os.environ.get("HEAPDIFF_REQUIRE_NATIVE"))
AGENT, GRAPH = "-O2", "-O3"
if os.environ.get("HEAPDIFF_SANITIZE"):
    sanitize = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-fno-omit-frame-pointer"]
    CFLAGS += sanitize
    LDFLAGS = sanitize
    AGENT = GRAPH = "-O1"


def extension(name: str, folder: str, optimize: str) -> Extension:
    sources = sorted(str(path) for path in Path(folder).rglob("*.c"))
    headers = ["heapdiff/format.h", *sorted(str(path) for path in Path(folder).rglob("*.h"))]
    return Extension(
        name,
        sources,
        include_dirs=[folder, "heapdiff", str(INTERNALS), str(INTERNALS / "mimalloc"), str(INTERNALS.parent)],
        depends=headers,
        extra_compile_args=[*CFLAGS, optimize],
        extra_link_args=LDFLAGS,
        libraries=["m"],
        optional=not REQUIRED,  # setuptools forgives an optional one whatever it raises
    )


class BuildOrExplain(build_ext):
    """An extension that cannot be built is left out; heapdiff then runs its slower engine and says so."""

    def build_extension(self, ext: Extension) -> None:
        try:
            super().build_extension(ext)
        except Exception as error:
            if REQUIRED:
                raise
            print(
                f"heapdiff: {ext.name} was not built ({error}).\n"
                "heapdiff: installing without it: snapshots will use the slower `gc` engine.\n"
                "heapdiff: for the native engine install a C compiler and Python's headers "
                "(Debian: apt install gcc python3-dev) and reinstall heapdiff.",
                file=sys.stderr,
            )


def extensions(free_threaded: bool) -> list[Extension]:
    """Both, but on a free-threaded build: the agent's needs the GIL, and loading the other would switch it on."""
    if free_threaded:
        print(
            "heapdiff: a free-threaded build of CPython: installing without the C extensions; snapshots will use "
            "the slower `gc` engine.",
            file=sys.stderr,
        )
        return []
    return [
        extension("heapdiff.agent._native", "heapdiff/agent/native", AGENT),
        extension("heapdiff.graph._kernels", "heapdiff/graph/native", GRAPH),
    ]


setup(
    ext_modules=extensions(bool(sysconfig.get_config_var("Py_GIL_DISABLED"))),
    cmdclass={"build_ext": BuildOrExplain},
)
