"""Runs one case: the app in a real worker under load, snapshots, comparisons; then once more per peer."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from heapdiff.agent.engines.contract import Wish
from heapdiff.errors import HeapdiffError
from heapdiff.remote.asking import ask_sibling
from heapdiff.remote.waiting import wait_for_sibling
from tests.leakbench.case import Case
from tests.leakbench.comparing import ComparisonError, compare_all
from tests.leakbench.grading import Answer, grade
from tests.leakbench.kept import Earlier
from tests.leakbench.load import Load, LoadError
from tests.leakbench.mixing import Mix, leaking, requests_of
from tests.leakbench.peeranswers import PeerAnswer, grade_peer
from tests.leakbench.releases import ReleaseError, installed
from tests.leakbench.server import ROOT, Serving, serve

__all__ = ["Limits", "Result", "regrade", "run"]

T = TypeVar("T")

ROUNDS: Final = 3


@dataclass(frozen=True)
class Limits:
    """How long one run of a case may take, and who may end it sooner."""

    seconds: float = 120.0
    stopped: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Result:
    """All answers to one case in one mix of traffic; `trouble` says why there are none."""

    case: Case
    answers: tuple[Answer, ...] = ()
    peers: tuple[PeerAnswer, ...] = ()
    trouble: str | None = None
    seconds: float = 0.0
    mix: Mix = Mix.ALL

    @property
    def right(self) -> bool:
        return self.trouble is None and all(answer.right for answer in self.answers)


class CaseError(Exception):
    """A case could not be run to its end."""


def run(
    case: Case,
    peers: Sequence[str] = (),
    limits: Limits | None = None,
    keep: Path | None = None,
    mix: Mix = Mix.ALL,
    earlier: Earlier | None = None,
) -> Result:
    """Run a case, and once more with each peer. What went wrong is in the result: a crash is a wrong answer.

    `keep` is where the snapshots stay; without it they are removed. `earlier` has answers that need no run. Peers get
    traffic without a mix only.
    """
    limits, earlier = limits or Limits(), earlier or Earlier()
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="leakbench-") as temporary:
            directory = Path(temporary) if keep is None else folder(keep, case, mix)
            answers = earlier.own.once(case, mix, partial(own_answers, case, mix, directory, limits))
            others = tuple(
                earlier.peers.once(
                    case, peer, partial(peer_answer, case, peer, Path(temporary) / peer, limits)
                )
                for peer in (peers if mix is Mix.ALL else ())
            )
    except (CaseError, ComparisonError, ReleaseError) as error:
        return Result(case, trouble=str(error), seconds=time.monotonic() - began, mix=mix)
    return Result(case, answers, others, seconds=time.monotonic() - began, mix=mix)


def regrade(case: Case, kept: Path, limits: Limits, mix: Mix = Mix.ALL) -> Result:
    """Answers from the snapshots that a run kept, as the analysis is now."""
    began = time.monotonic()
    home = folder(kept, case, mix)
    paths = sorted((home / "snapshots").glob("[!.]*.json"))
    try:
        if len(paths) != ROUNDS + 1:
            raise CaseError(f"{len(paths)} snapshots in {home}, not {ROUNDS + 1}")
        answers = compared(case, paths, limits)
    except (CaseError, ComparisonError) as error:
        return Result(case, trouble=str(error), seconds=time.monotonic() - began, mix=mix)
    return Result(case, answers, seconds=time.monotonic() - began, mix=mix)


def folder(keep: Path, case: Case, mix: Mix) -> Path:
    """Where the snapshots of a case stay: by its name alone if there is no mix."""
    return keep / (case.name if mix is Mix.ALL else f"{case.name}@{mix}")


def own_answers(case: Case, mix: Mix, directory: Path, limits: Limits) -> tuple[Answer, ...]:
    return compared(case, take_snapshots(case, mix, directory, limits), limits)


def peer_answer(case: Case, peer: str, directory: Path, limits: Limits) -> PeerAnswer:
    return grade_peer(case, peer, ask_peer(case, peer, directory, limits))


def compared(case: Case, paths: Sequence[Path], limits: Limits) -> tuple[Answer, ...]:
    comparisons = compare_all([path.resolve() for path in paths], limits.seconds, limits.stopped)
    return tuple(grade(case, comparison) for comparison in comparisons)


def take_snapshots(case: Case, mix: Mix, directory: Path, limits: Limits) -> list[Path]:
    """Four snapshots: after the warm-up, and after each of three equal rounds."""

    def visit(load: Load, serving: Serving, snapshots: Path) -> list[Path]:
        paths = [take_snapshot(serving.worker(), snapshots, load.deadline)]
        for _ in range(ROUNDS):
            load.drive(case.path, requests_of(case, mix))
            paths.append(take_snapshot(serving.worker(), snapshots, load.deadline))
        return paths

    return with_worker(case, mix, "create_app()", directory, limits, visit)


def ask_peer(case: Case, peer: str, directory: Path, limits: Limits) -> list[str]:
    """What the peer prints of the growth between the first of those moments and the last."""

    def visit(load: Load, _serving: Serving, _snapshots: Path) -> list[str]:
        load.ask("/__leakbench__/start")
        half = ROUNDS * case.requests // 2
        load.drive(case.path, half)
        load.ask(f"/__leakbench__/middle?{half}")
        load.drive(case.path, ROUNDS * case.requests - half)
        lines: list[str] = load.ask("/__leakbench__/lines")
        return lines

    return with_worker(case, Mix.ALL, f"create_app_with_peer({peer!r})", directory, limits, visit)


def with_worker(
    case: Case,
    mix: Mix,
    factory: str,
    directory: Path,
    limits: Limits,
    visit: Callable[[Load, Serving, Path], T],
) -> T:
    """Serve the case's app, warm it up, and do what `visit` does."""
    snapshots = directory / "snapshots"
    environment = environment_of(case, snapshots)
    snapshots.mkdir(mode=0o700, parents=True, exist_ok=True)
    with serve(f"tests.leakbench.wsgi:{factory}", case.server, environment, directory) as serving:
        deadline = time.monotonic() + limits.seconds
        load = Load(serving.port, deadline, limits.stopped, leaking(case, mix))
        try:
            load.drive(case.path, max(1, case.warm_up))
            return visit(load, serving, snapshots)
        except (LoadError, HeapdiffError, OSError, ValueError) as error:
            raise CaseError(f"{error}\n{serving.last_messages()}") from error
        finally:
            load.close()


def environment_of(case: Case, snapshots: Path) -> dict[str, str]:
    """What the worker finds in its environment: exact releases stand in front of what is installed."""
    first = [str(installed(case.releases))] if case.releases else []
    return {
        **dict(case.environment),
        "LEAKBENCH_APP": case.app,
        "HEAPDIFF_DIR": str(snapshots),
        "PYTHONPATH": os.pathsep.join([*first, str(ROOT)]),
    }


def take_snapshot(pid: int, directory: Path, deadline: float) -> Path:
    """Signal the worker and wait for its answer."""
    name = wait_for_sibling(ask_sibling(directory, pid, Wish()), deadline - time.monotonic())
    if name is None:
        raise CaseError(f"worker {pid} took no snapshot in time")
    return directory / f"{name}.json"
