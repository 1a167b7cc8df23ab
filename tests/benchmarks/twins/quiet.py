"""Processes in which little is to be advised: what `advise` says about them as a headline must be true.

Libraries alone, an application that waits, and the leaky shop, of which only its leaks may be named.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import heapdiff
from heapdiff.answers import Finding
from samples.leaky_shop.__main__ import PLANTED
from tests.benchmarks.twins.case import Twin
from tests.benchmarks.twins.running import run_twin

ROW = "{:24} {:>10} {:>9}  {}"
LIBRARIES = ("flask", "sqlalchemy.orm", "pandas", "numpy", "requests", "boto3")
APPLICATION = """
import sys, heapdiff
from flask import Flask, render_template_string
app = Flask("shop")
@app.get("/")
def index():
    return render_template_string("<h1>{{ title }}</h1>", title="Shop")
def visit(times):
    client = app.test_client()
    for _ in range(times):
        assert client.get("/").status_code == 200
visit(50)
heapdiff.snapshot(sys.argv[1])
visit(50)
"""
SHOP = """
import os, sys, heapdiff
os.environ["HEAPDIFF_DIR"] = sys.argv[1]
from samples.leaky_shop import traffic
from samples.leaky_shop.shop.app import create_app
client = create_app().test_client(use_cookies=False)
def visit(seed):
    for share in traffic.shares(3000, seed):
        for method, path in share:
            client.open(path, method=method)
visit(1)
heapdiff.snapshot(sys.argv[1])
visit(2)
"""


@dataclass(frozen=True)
class Quiet:
    """The source of a module, and the holders that may be named."""

    name: str
    source: str
    leaks: tuple[str, ...] = ()

    def allows(self, finding: Finding) -> bool:
        return any((finding.holder or "").startswith(leak) for leak in self.leaks)


def find_quiet() -> list[Quiet]:
    """The processes, with those of the libraries that are installed."""
    names = [name for name in LIBRARIES if find_spec(name.partition(".")[0]) is not None]
    return [
        Quiet(f"libraries ({len(names)})", "\n".join(f"import {name}" for name in names)),
        Quiet("idle application", APPLICATION),
        Quiet("leaky shop", SHOP, tuple(f"samples.leaky_shop.{path}" for path in PLANTED)),
    ]


def look(quiet: Quiet, python: str) -> bool:
    """Prints a row, and each headline that should not be there; whether there is none."""
    with tempfile.TemporaryDirectory() as directory:
        measured = run_twin(Twin(quiet.name, "", quiet.source, ""), False, Path(directory), python)
        advice = heapdiff.advise(*sorted(measured.path.parent.glob("*.json")))
    headlines = [each for each in advice.findings if each.headline]
    wrong = [each for each in headlines if not quiet.allows(each)]
    bytes_ = advice.snapshots[-1].bytes
    print(
        ROW.format(quiet.name, f"{bytes_ / 1e6:.1f} MB", len(headlines), "ok" if not wrong else "WRONG"),
        flush=True,
    )
    for each in wrong:
        print(f"    {each.rule}: {each.title}")
    return not wrong


def look_at_all(python: str) -> bool:
    print(ROW.format("", "heap", "headlines", ""))
    right = [look(quiet, python) for quiet in find_quiet()]  # each of them, also after a wrong one
    return all(right)
