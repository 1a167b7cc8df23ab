"""The answer to `imports`: what importing modules costs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImportPart:
    """Another package that an import brought, with what that one brought."""

    package: str
    ms: float
    rss_bytes: int


@dataclass(frozen=True, slots=True)
class ImportCost:
    """What importing one module in a fresh process costs: medians of the runs.

    `objects` are those that the collector tracks. `heaviest` has the other packages that it imported first, the slowest first;
    one that another of them imports is part of that one, too.
    """

    module: str
    ms: float
    rss_bytes: int
    objects: int
    modules: int
    heaviest: tuple[ImportPart, ...]


@dataclass(frozen=True, slots=True)
class Imports:
    """Each module in the order asked for, each in processes of its own, under the interpreter that runs heapdiff."""

    python: str
    runs: int
    imports: tuple[ImportCost, ...]
