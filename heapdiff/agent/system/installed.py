"""Who owns a module, going by where its file is. Keeps no path, and imports nothing to find out."""

import contextlib
import functools
import json
import os
import re
import sys
from collections.abc import Iterator
from typing import Final, NamedTuple

from heapdiff.format import ModuleOwner

SITES: Final = ("/site-packages", "/dist-packages")
BELOW_SITE: Final = re.compile(  # a package, a module's file, an egg; anything else was not installed there
    r".*/(?:site|dist)-packages/([A-Za-z_]\w{0,254})(?!\w)"
    r"(?:(?:\.[\w.+-]*)?\.(?:py|pyc|so)|[\w.+-]*\.egg)?(?=/|\Z)",
    re.DOTALL | re.ASCII,
)
IN_SITE: Final = re.compile("/(?:site|dist)-packages/")
WITHOUT_FILE: Final = frozenset(("built-in", "frozen"))


class Installed(NamedTuple):
    """What paths are compared with.

    `standard`: the directories of the standard library, each ending in a slash. `own`: packages among the installed
    ones that came from a directory (`pip install .`), and so are the application.
    """

    standard: tuple[str, ...]
    own: frozenset[str]


@functools.cache
def find_installed() -> Installed:
    """Lists each `site-packages`, and reads `direct_url.json` of the few distributions that have one."""
    lib = f"{sys.platlibdir}/python{sys.version_info[0]}.{sys.version_info[1]}/"
    found = getattr(os, "__file__", None) or ""  # not there where the library is frozen into a program
    standard = {f"{os.path.dirname(found)}/" if found else "", f"{sys.base_exec_prefix}/{lib}"} - {""}
    sites = {place for place in sys.path if isinstance(place, str) and place.endswith(SITES)}
    own = (package for site in sites for info in _local_distributions(site) for package in _packages(info))
    return Installed(tuple(sorted(standard)), frozenset(own))


def owner_of(place: str, installed: Installed) -> tuple[ModuleOwner, str] | None:
    """Who owns a file, and for a distribution which; None for what is no path, such as `<string>`."""
    if place in WITHOUT_FILE:
        return ModuleOwner.BUILT_IN, ""
    found = BELOW_SITE.match(place)
    if found and found[1] not in installed.own:
        return ModuleOwner.DISTRIBUTION, found[1]
    if place.startswith(installed.standard) and not IN_SITE.search(place):
        return ModuleOwner.STANDARD, ""
    return (ModuleOwner.APPLICATION, "") if "/" in place else None


def _local_distributions(site: str) -> Iterator[str]:
    """Distributions that were installed from a directory, as `direct_url.json` says (PEP 610), and copied here."""
    with contextlib.suppress(OSError), os.scandir(site) as found:
        for entry in found:
            if entry.name.endswith(".dist-info"):
                with (
                    contextlib.suppress(OSError, ValueError, RecursionError),
                    open(f"{entry.path}/direct_url.json", encoding="utf-8") as file,
                ):
                    origin = json.load(file)
                    if (
                        isinstance(origin, dict) and origin.get("dir_info") == {}
                    ):  # an editable one lies elsewhere
                        yield entry.path


def _packages(info: str) -> Iterator[str]:
    """The import packages of a distribution: what its files' paths begin with."""
    with contextlib.suppress(OSError, ValueError), open(f"{info}/RECORD", encoding="utf-8") as file:
        for line in file:
            name = re.match(r"\w+(?=/|\.\w+,)", line)
            if name:
                yield name[0]
