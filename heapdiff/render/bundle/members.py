"""What a bundle holds: the text to read, the answer for scripts, a picture of each suspect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from heapdiff.answers import Comparison, Comparisons, Picture
from heapdiff.errors import MissingToolError
from heapdiff.model import Summary
from heapdiff.render.bundle.pictures import draw_files
from heapdiff.render.json import render_comparison_json
from heapdiff.render.markdown import code, escape_markdown, render_markdown

TEXT: Final = "leak.md"
ANSWER: Final = "compare.json"


@dataclass(frozen=True, slots=True)
class Chain:
    """A picture of what one suspect newly keeps, the stem of its files, and whose it is."""

    stem: str
    holder: str
    pid: int | None  # None where all are of one process
    picture: Picture


@dataclass(frozen=True, slots=True)
class Pictured:
    """An answer and its pictures."""

    answer: Comparison | Comparisons
    chains: tuple[Chain, ...]

    @classmethod
    def of(cls, answer: Comparison | Comparisons, pictures: Sequence[Mapping[int, Picture]]) -> Pictured:
        """`pictures` are of each comparison those of its suspects, by rank."""
        several = isinstance(answer, Comparisons)
        chains: list[Chain] = []
        comparisons = answer.processes if isinstance(answer, Comparisons) else (answer,)
        for comparison, drawn in zip(comparisons, pictures, strict=True):
            for suspect in comparison.suspects:
                if suspect.rank in drawn:
                    pid = comparison.snapshots[-1].pid if several else None
                    stem = f"chain-{len(chains) + 1}"
                    chains.append(Chain(stem, suspect.holder.path, pid, drawn[suspect.rank]))
        return cls(answer, tuple(chains))


@dataclass(frozen=True, slots=True)
class Members:
    """The files by their names, which are ours; why pictures are there as DOT text only, if so."""

    files: Mapping[str, bytes]
    undrawn: MissingToolError | None


def gather_members(
    pictured: Pictured, summaries: Sequence[Summary], limit: int | None, contains: str
) -> Members:
    """Everything, drawn here and now. `limit`: so many suspects and types in the text; `contains`: what a reader learns."""
    drawn = draw_files((chain.stem, chain.picture) for chain in pictured.chains)
    answer = pictured.answer
    files = {ANSWER: render_comparison_json(answer).encode("ascii"), **drawn.files}
    text = [render_markdown(answer, limit), *_footer(pictured, files, summaries, contains)]
    files[TEXT] = ("\n".join(text).rstrip() + "\n").encode("utf-8")
    return Members(files, drawn.undrawn)


def _footer(
    pictured: Pictured, files: Mapping[str, bytes], summaries: Sequence[Summary], contains: str
) -> Iterator[str]:
    yield "### Files beside this one"
    yield ""
    for chain in pictured.chains:
        names = [name for name in sorted(files) if name.rpartition(".")[0] == chain.stem]
        whose = "" if chain.pid is None else f" in PID {chain.pid}"
        yield f"- {', '.join(map(code, names))}: who keeps what {code(chain.holder)} newly holds{whose}"
    yield f"- {code(ANSWER)}: the whole answer, for scripts"
    yield ""
    yield "### Where it was captured"
    yield ""
    for fact in dict.fromkeys(map(_describe, summaries)):
        yield f"- {escape_markdown(fact)}"
    yield ""
    yield f"Contains {contains}."


def _describe(summary: Summary) -> str:
    process = summary.process
    server = f" under {process.server}" if process.server else ""
    return f"Python {process.python}{server}, captured by heapdiff {summary.heapdiff} ({summary.capture.engine} engine)"
