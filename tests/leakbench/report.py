"""Results as lines for a terminal, and as JSON. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from tests.leakbench.grading import Answer, Question, question_of
from tests.leakbench.mixing import Mix
from tests.leakbench.peeranswers import PeerAnswer
from tests.leakbench.runner import Result
from tests.leakbench.totals import misses, total, total_peers

__all__ = ["as_json", "line", "said", "summary"]


def line(result: Result) -> str:
    """One case in one line, and below it what was wrong."""
    mark = "ok   " if result.right else "WRONG"
    name = result.case.name + ("" if result.mix is Mix.ALL else f" ({result.mix})")
    if result.trouble is not None:
        return f"FAILED {name}: " + result.trouble.replace("\n", "\n       ")
    cells = "  ".join(f"{answer.snapshots}: {said(result, answer)}" for answer in result.answers)
    text = f"{mark} {name:34} {cells}  ({result.seconds:.0f} s)"
    wrong = [answer for answer in result.answers if not answer.right]
    details = [
        f"\n       with {answer.snapshots}: {answer.verdict.value}: {answer.headline}\n         first is {answer.suspect}"
        f" ({answer.confidence.value if answer.confidence else 'none'}, holds {answer.holds}): {answer.text}"
        for answer in wrong
    ]
    details += [
        f"\n       with {answer.snapshots}, {answer.blame.grown:,} bytes: {answer.blame.text or 'no samples'}"
        for answer in result.answers
        if answer.blame and not answer.blame.right
    ]
    wanted = f"\n       wanted {' or '.join(result.case.holders)} (holds {result.case.leaked})"
    return text + "".join(details) + (wanted if wrong and result.case.holders else "")


def said(result: Result, answer: Answer) -> str:
    """The answer in a word: the rank of the right holder, the verdict, or silence."""
    question = question_of(result.case)
    if question in (Question.HOLDER, Question.OWNER):
        in_text = question is Question.OWNER and answer.right and answer.rank != 1
        place = "in the text" if in_text else f"#{answer.rank}" if answer.rank else "not named,"
        return f"{place} {answer.verdict.value}"
    if question is Question.SILENCE and answer.right:
        return f"silent, {answer.verdict.value}"
    return answer.verdict.value


def summary(results: Sequence[Result]) -> Iterator[str]:
    """The totals, the peers', and what misses the thresholds."""
    totals = total(results)
    sampled = any(each.sites.of for each in totals)
    heads = ("right first", "among first 3", "native owner", "right verdict", "healthy silent")
    yield columns("snapshots", *heads, *(("right site", "right entry") if sampled else ()))
    for each in totals:
        where = f"{each.snapshots} {each.mix}"
        more = (each.sites, each.culprits) if sampled else ()
        yield columns(where, each.first, each.among_first, each.owners, each.verdicts, each.silent, *more)
    peers = total_peers(results)
    if peers:
        yield ""
        yield columns("peer", "type in 3 lines", "in 10 lines", "names holder", "lines if healthy")
    for peer in peers:
        lines = f"{peer.lines_if_healthy:.1f}"
        yield columns(peer.peer, peer.type_in_three, peer.type_in_ten, peer.holder, lines)
    yield from (f"MISSED {miss}" for miss in misses(totals))


def columns(first: object, *others: object) -> str:
    return f"{first!s:12}" + "".join(f"{cell!s:>18}" for cell in others)


def as_json(results: Sequence[Result]) -> dict[str, Any]:
    return {
        "schema": "leakbench/2",
        "totals": [asdict(each) for each in total(results)],
        "peers": [asdict(each) for each in total_peers(results)],
        "missed": list(misses(total(results))),
        "cases": [case_as_json(result) for result in results],
    }


def case_as_json(result: Result) -> dict[str, Any]:
    return {
        "case": asdict(result.case),
        "mix": result.mix.value,
        "question": question_of(result.case).value,
        "answers": [asdict(answer) for answer in result.answers],
        "peers": [asdict(answer) for answer in result.peers],
        "trouble": result.trouble,
        "seconds": round(result.seconds, 1),
    }


def peer_said(answer: PeerAnswer) -> str:
    """In which line a peer names the type."""
    return f"line {answer.type_line}" if answer.type_line else "no"
