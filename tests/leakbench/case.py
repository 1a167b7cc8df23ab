"""What one case of LeakBench is: an app, how to drive it, and the truth. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from heapdiff.answers import VerdictKind

__all__ = ["Case", "Server"]


class Server(str, Enum):
    """How a case's app is served: one real worker."""

    GTHREAD = "gthread"
    GEVENT = "gevent"


@dataclass(frozen=True, slots=True)
class Case:
    """One app with a known leak, or a healthy one.

    `app` is a module with `create_app() -> Flask`. Each request is a GET of `path`, in which `{n}` becomes
    the request's number. `holders` are regular expressions; a suspect is right when one matches its whole
    holder path. `leaked` is the type that must stand in its `holds`, None where any will do. `verdicts` are
    the right answers in one word. A `healthy` case has no holders: no suspect of high or medium confidence,
    and no verdict that says that something leaks.

    `native` says that what leaks is not in Python objects, but held by those of the type `leaked` in a holder:
    then they must be named, first or in the verdict's own text.

    `report` is the public report that an app was made after, `seen` whether those who wrote the analysis knew
    the case before. `every` is how many requests it takes for one to leak. `releases` are requirements of exact
    releases, which the worker gets in front of what is installed.
    """

    name: str
    title: str
    app: str
    path: str = "/"
    holders: tuple[str, ...] = ()
    leaked: str | None = None
    verdicts: tuple[VerdictKind, ...] = (VerdictKind.LEAK,)
    server: Server = Server.GTHREAD
    warm_up: int = 50
    requests: int = 200
    needs: tuple[str, ...] = ()  # distributions beyond Flask and gunicorn
    environment: tuple[tuple[str, str], ...] = ()
    native: bool = False
    report: str | None = None
    seen: bool = True
    every: int = 1
    releases: tuple[str, ...] = ()

    @property
    def healthy(self) -> bool:
        """Nothing leaks here."""
        return VerdictKind.LEAK not in self.verdicts and not self.holders
