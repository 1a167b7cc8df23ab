"""The tips that there are: a folder each, with `waste.py` and `fixed.py`, and in its `__init__` what to visit.

`waste.py` and `fixed.py` each have `create_app() -> Flask`. The docstring of the folder's `__init__.py` says in its first
line what the shop does wrong. `VISITS` there are the paths that are asked for in turn (default: `/`), `REQUESTS` how often
each worker is asked in a round (200), `NEEDS` which packages the twins import beyond Flask, `HINTS` whether what is found on
the tip is never a headline. A file `gunicorn_waste.py` or
`gunicorn_fixed.py` is that twin's configuration of gunicorn.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from samples.leaky_shop.server import Application

HERE: Final = Path(__file__).parent
TWINS: Final = ("waste", "fixed")


@dataclass(frozen=True)
class Tip:
    """One tip; `name` is its topic in `heapdiff advise`."""

    name: str
    text: str
    visits: tuple[str, ...]
    requests: int
    needs: tuple[str, ...]
    hints: bool

    @property
    def folder(self) -> Path:
        return HERE / self.name.replace("-", "_")

    @property
    def missing(self) -> list[str]:
        """What it needs and isn't installed."""
        return [name for name in self.needs if find_spec(name) is None]

    def twin(self, name: str) -> Application:
        settings = self.folder / f"gunicorn_{name}.py"
        options = ("--config", str(settings)) if settings.exists() else ()
        factory = f"serving:create_app({self.folder.name!r}, {name!r})"
        return Application(factory, HERE, options)


def find_tips() -> dict[str, Tip]:
    """By name, in order."""
    found = (read_tip(path.parent.name) for path in sorted(HERE.glob(f"*/{TWINS[0]}.py")))
    return {tip.name: tip for tip in found}


def read_tip(folder: str) -> Tip:
    package = import_module(f"samples.tips.{folder}")
    return Tip(
        folder.replace("_", "-"),
        (package.__doc__ or "").strip().partition("\n")[0],
        tuple(getattr(package, "VISITS", ("/",))),
        getattr(package, "REQUESTS", 200),
        tuple(getattr(package, "NEEDS", ())),
        getattr(package, "HINTS", False),
    )
