"""The fleet's answers against the truth: each leak with its releases, its size and its workers, and no other alarm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, Final

from tests.fleet.proofs.asking import ask
from tests.fleet.simulation.truth import LeakTruth, Truth

__all__ = ["check_answers", "check_leaks"]

Row = dict[str, Any]
FAR_HOURS: Final = 60 * 24
FIXED: Final = ("fixed", "gone quiet")


def check_answers(lake: str, truth: Truth) -> Iterator[tuple[str, list[str]]]:
    """What was asked, and what is wrong with the answer."""
    yield from check_leaks(lake, truth)
    for leak in truth.leaks:
        yield f"show {leak.fingerprint}", list(_check_history(lake, leak, truth))
    yield "workers", list(_check_workers(lake, truth))
    yield "releases", list(_check_releases(lake, truth))
    yield from _check_gates(lake, truth)


def check_leaks(lake: str, truth: Truth) -> Iterator[tuple[str, list[str]]]:
    """Of the one question, a line for what there is, and one for each leak."""
    found = _ask("leaks", lake)
    rows = {(row["fingerprint"], row["service"]): row for row in found["leaks"]}
    known = {(leak.fingerprint, leak.service) for leak in truth.leaks}
    others = [row for key, row in rows.items() if key not in known]
    yield (
        f"leaks: {len(rows)} found of {len(known)} there are, and {len(others)} others",
        [f"no leak: {row['path']} in {row['service']}, {row['state']}: {row['reason']}" for row in others],
    )
    for leak in truth.leaks:
        row = rows.get((leak.fingerprint, leak.service))
        if row is None:
            yield f"{leak.path} in {leak.service}", ["not found"]
            continue
        yield _describe(leak, row), list(_check_leak(leak, row))


def _ask(question: str, lake: str, *more: str, codes: Iterable[int] = (0,)) -> Row:
    answer = ask("fleet", question, lake, *more)
    assert answer.code in codes, f"fleet {question}: exit code {answer.code}: {answer.said}"
    return answer.content


def _describe(leak: LeakTruth, row: Row) -> str:
    size = row["bytes_per_request"]
    each = "no requests counted" if size is None else f"{size:.1f} bytes per request"
    return f"{leak.path} in {leak.service}: {row['state']}, {each}, {row['workers']:,} workers, from {row['first_release']}"


def _check_leak(leak: LeakTruth, row: Row) -> Iterator[str]:
    if row["first_release"] != leak.first_release:
        yield f"it came with {leak.first_release}, not {row['first_release']}"
    if (row["gone_with"] or "") != leak.gone:
        yield f"it went with {leak.gone or 'none'}, not {row['gone_with']}"
    if (row["state"] in FIXED) != bool(leak.gone):
        yield f"its state is {row['state']}"
    if not leak.sure_lives <= row["workers"] <= leak.lives:
        yield f"{row['workers']:,} workers, where {leak.sure_lives:,} to {leak.lives:,} showed it"
    yield from _check_size(leak, row)
    yield from _check_limit(leak, row)


def _check_size(leak: LeakTruth, row: Row) -> Iterator[str]:
    """Within twice its margin, or 2 %; what is listed in some intervals only, may seem larger by what is not."""
    size, margin = row["bytes_per_request"], row["bytes_per_request_margin"]
    if leak.bytes_per_request is None:
        if size is not None and leak.service == "mailer":
            yield f"{size} bytes per request, where nobody counts requests"
        return
    if size is None or margin is None:
        yield f"{size} bytes per request, with a margin of {margin}"
        return
    least = leak.bytes_per_request * (1 - leak.unseen)
    slack = max(2 * margin, 0.02 * leak.bytes_per_request)
    if not least - slack <= size <= leak.bytes_per_request * (1 + 2 * leak.unseen) + slack:
        yield f"{size:.2f} ± {margin:.2f} bytes per request, where it's {leak.bytes_per_request:.2f}"


def _check_limit(leak: LeakTruth, row: Row) -> Iterator[str]:
    """Of the one nearest to it, and of the median: within a factor of 2 of what this leak alone would take.

    What takes longer than two months may be left open.
    """
    nearest, median = row["hours_to_limit"], row["hours_to_limit_median"]
    if leak.hours_to_limit is None or leak.gone:
        return
    least, low, _, high = leak.hours_to_limit
    if least > FAR_HOURS and nearest is None:
        return
    if nearest is None or not least / 2 <= nearest <= 2 * low:
        yield f"the nearest reaches its limit in {nearest} hours, where {least:.0f} is right"
    if median is None or not low / 2 <= median <= 2 * high:
        yield f"half of them reach their limit in {median} hours, where {low:.0f} to {high:.0f} is right"


def _check_history(lake: str, leak: LeakTruth, truth: Truth) -> Iterator[str]:
    found = _ask("show", lake, leak.fingerprint, "--service", leak.service)
    order = truth.releases[leak.service]
    first, gone = order.index(leak.first_release), order.index(leak.gone) if leak.gone else len(order)
    names = [row["release"] for row in found["releases"]]
    if names != [name for name in order if name in names]:
        yield f"releases in the order {', '.join(names)}, where it was {', '.join(order)}"
    for row in found["releases"]:
        has = first <= order.index(row["release"]) < gone
        seen = row["state"] in ("growing", "fixed", "gone quiet")
        if has != seen:
            yield f"in {row['release']}, which {'has' if has else 'has not'} got it: {row['state']}, {row['reason']}"


def _check_workers(lake: str, truth: Truth) -> Iterator[str]:
    rows = _ask("workers", lake, "-n", "0")["workers"]
    if not 0.9 * truth.running <= len(rows) <= truth.lives:
        yield f"{len(rows):,} workers, where {truth.running:,} run"
    limits = [row["hours_to_limit"] for row in rows if row["hours_to_limit"] is not None]
    if limits != sorted(limits):
        yield "those that reach their limit first are not on top"


def _check_releases(lake: str, truth: Truth) -> Iterator[str]:
    rows = _ask("releases", lake)["releases"]
    for service, order in truth.releases.items():
        names = tuple(row["release"] for row in rows if row["service"] == service)
        if names != order:
            yield f"{service}: {', '.join(names)}, where it was {', '.join(order)}"
    for leak in truth.leaks:
        for row in rows:
            if row["service"] != leak.service:
                continue
            if (leak.path in _paths(row["came"], leak)) != (row["release"] == leak.first_release):
                yield f"{leak.service} {row['release']}: came {row['came']}"
            if (leak.path in _paths(row["went"], leak)) != (row["release"] == leak.gone):
                yield f"{leak.service} {row['release']}: went {row['went']}"


def _paths(names: Iterable[str], leak: LeakTruth) -> list[str]:
    """By path or by fingerprint, whichever it says."""
    return [leak.path for name in names if leak.path in name or leak.fingerprint in name]


def _check_gates(lake: str, truth: Truth) -> Iterator[tuple[str, list[str]]]:
    """Each release against the one before it, in each service."""
    for service, order in truth.releases.items():
        came = {leak.first_release: leak for leak in truth.leaks if leak.service == service}
        for before, after in pairwise(order):
            found = _ask(
                "gate", lake, "--before", before, "--after", after, "--service", service, codes=(0, 1, 3, 4)
            )
            failed = {row["fingerprint"] for row in found["rows"] if row["failed"]}
            wanted = {came[after].fingerprint} if after in came else set()
            right = failed == wanted and found["verdict"] == ("failed" if wanted else "passed")
            wrong = [] if right else [f"failed {sorted(failed)}: {found['reason']}"]
            yield f"gate {service} {before} → {after}: {found['verdict']}", wrong
