"""Whose a module is, by where its file lies. Says so of paths; keeps none of them, and imports nothing to find out."""

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
BELOW_SITE: Final = re.compile(r".*/(?:site|dist)-packages/([A-Za-z0-9_]+)", re.DOTALL)
WITHOUT_FILE: Final = frozenset(("built-in", "frozen"))


class Installed(NamedTuple):
    """What a path is compared with.

    `standard`: the directories of the standard library, each with a slash at its end. `own`: packages that lie where
    installed ones do but were installed from a directory (`pip install .`), so that they are the application.
    """

    standard: tuple[str, ...]
    own: frozenset[str]


@functools.cache
def find_installed() -> Installed:
    """Reads the directory of each site, and one small file of each distribution there that was not fetched."""
    lib = f"{sys.platlibdir}/python{sys.version_info[0]}.{sys.version_info[1]}/"
    standard = {f"{os.path.dirname(os.__file__)}/", f"{sys.base_exec_prefix}/{lib}"}
    sites = {place for place in sys.path if isinstance(place, str) and place.endswith(SITES)}
    own = (package for site in sites for info in _local_distributions(site) for package in _packages(info))
    return Installed(tuple(sorted(standard)), frozenset(own))


def owner_of(place: str, installed: Installed) -> tuple[ModuleOwner, str] | None:
    """Whose what lies there is, and which distribution's; None for what is no path: the text of a program, a name."""
    if place in WITHOUT_FILE:
        return ModuleOwner.BUILT_IN, ""
    found = BELOW_SITE.match(place)
    if found and found[1] not in installed.own:
        return ModuleOwner.DISTRIBUTION, found[1]
    if not found and place.startswith(installed.standard):
        return ModuleOwner.STANDARD, ""
    return (ModuleOwner.APPLICATION, "") if "/" in place else None


def _local_distributions(site: str) -> Iterator[str]:
    """What `direct_url.json` (PEP 610) says to have been installed from a directory, and lies here."""
    with contextlib.suppress(OSError), os.scandir(site) as found:
        for entry in found:
            if entry.name.endswith(".dist-info"):
                with (
                    contextlib.suppress(OSError, ValueError),
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
