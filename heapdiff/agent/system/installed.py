"""Who owns a module, going by where its file is. Keeps no path, and imports nothing to find out."""

import contextlib
import functools
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from heapdiff.agent.system.procfs import read_regular

SITES: Final = ("/site-packages", "/dist-packages")
BELOW_SITE: Final = (  # a package, a module's file, an egg; anything else was not installed there
    r"(?sa).*/(?:site|dist)-packages/([A-Za-z_]\w{0,254})(?!\w)"
    r"(?:(?:\.[\w.+-]*)?\.(?:py|pyc|so)|[\w.+-]*\.egg)?(?=/|\Z)"
)
INFO: Final = (  # a directory of a distribution; in its name, each hyphen is written as an underscore
    r"(?a)(?P<name>[A-Za-z0-9][\w.]{0,254})-(?P<version>[A-Za-z0-9][\w.!+]{0,127})\.dist-info"
)
FEW: Final = 8
RECORD_MOST: Final = 1 << 18
IN_SITE: Final = "/(?:site|dist)-packages/"


class Installed(NamedTuple):
    """What paths are compared with.

    `standard`: the directories of the standard library, each ending in a slash. `own`: packages among the installed
    ones that came from a directory (`pip install .`), and so are the application. `versions`: of these packages, by name.
    """

    standard: tuple[str, ...]
    own: frozenset[str]
    versions: Mapping[str, str] = MappingProxyType({})


@functools.cache
def find_installed() -> Installed:
    """Lists each `site-packages`, and reads `direct_url.json` of the few distributions that have one."""
    lib = f"{sys.platlibdir}/python{sys.version_info[0]}.{sys.version_info[1]}/"
    found = getattr(os, "__file__", None) or ""  # not there where the library is frozen into a program
    standard = {f"{os.path.dirname(found)}/" if found else "", f"{sys.base_exec_prefix}/{lib}"} - {""}
    sites = {place for place in sys.path if isinstance(place, str) and place.endswith(SITES)}
    own = {
        package: _version_in(info)
        for site in sites
        for info in _local_distributions(site)
        for package in _packages(info)
    }
    return Installed(tuple(sorted(standard)), frozenset(own), own)


def distribution_of(place: str, installed: Installed) -> str:
    """The package that a file is in, if it was installed and isn't the application."""
    found = re.match(BELOW_SITE, place)
    return found[1] if found and found[1] not in installed.own else ""


def is_standard(place: str, installed: Installed) -> bool:
    """Whether a file is the standard library's."""
    return place.startswith(installed.standard) and not re.search(IN_SITE, place)


def is_application(place: str, installed: Installed) -> bool:
    """Whether a file is neither; what is no path, such as `<string>`, isn't the application's."""
    return "/" in place and not (distribution_of(place, installed) or is_standard(place, installed))


def find_version(place: str, installed: Installed) -> str:
    """The version of the distribution that installed a file; empty where that is not certain.

    One directory is listed. A distribution that isn't called as its package has to name it in its RECORD, and only a few are
    asked: those whose name has the package's in it (`acme-shop` with `shop`). Looks at no other environment than this one.
    """
    found = re.match(BELOW_SITE, place)
    if found is None:
        return ""
    package, site = found[1], place[: found.start(1) - 1]
    if package in installed.versions:
        return installed.versions[package]
    named = {_simplify(info["name"]): info for info in _distributions(site)}
    exact = named.get(_simplify(package))
    if exact is not None:
        return exact["version"]
    similar = [info for name, info in sorted(named.items()) if _simplify(package) in name][:FEW]
    return next((info["version"] for info in similar if _has_package(f"{site}/{info[0]}", package)), "")


def _distributions(site: str) -> list[re.Match[str]]:
    try:
        return [found for name in os.listdir(site) if (found := re.fullmatch(INFO, name))]
    except OSError:
        return []


def _has_package(info: str, package: str) -> bool:
    record = read_regular(f"{info}/RECORD", RECORD_MOST) or b""
    return (
        re.search(rf"^{package}(?:/|\.(?:[\w+-]+\.)*(?:py|so),)".encode(), record, re.MULTILINE) is not None
    )


def _simplify(name: str) -> str:
    return re.sub(r"[-_.]+", "_", name).lower()


def _version_in(info: str) -> str:
    """As the name of a distribution's directory has it."""
    found = re.fullmatch(INFO, os.path.basename(info))
    return found["version"] if found else ""


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
