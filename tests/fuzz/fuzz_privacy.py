"""Plants random secrets everywhere in a process and searches its snapshots: `python -m tests.fuzz.fuzz_privacy [PLANTINGS]`.

A secret is no name of code, as it has a character or a shape that none has; its mark stands at both ends, so that a part
of it is found as well. One process per engine takes all its snapshots; each begins with what was planted before.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st

from tests.agent.setups import BUILT, engine_setup
from tests.agent.target import Target
from tests.agent.writing.plantings import NAMED_AFTER_DATA, PLACES, SAMPLED, SETUP

DEFAULT: Final = 2000
AT_ONCE: Final = 40
DEADLINE_S: Final = 600.0  # on a busy machine this runs last of all
EVERYWHERE: Final = {  # the command line is read once, when the worker is armed
    place: code for place, code in {**PLACES, **NAMED_AFTER_DATA}.items() if not place.startswith("argv")
}
THREADS: Final = {
    place for place, code in EVERYWHERE.items() if "start(" in code
}  # each stays: a few are enough
NEVER_IN_A_NAME: Final = " !#$%&*+-/:;=?@\\^`|~\"'(){}\t\n\x00\x7f\xa0\u2028\u20ac\ud83d"
SHAPES: Final = (
    "{0}.", ".{0}", "{0}..{0}", "1{0}", "{0}.1{0}", "<{0}>", "{0}.<{0}>.{0}", "<locals>{0}", "{0}<locals>", "{0}[", "{0}]",
    "{0}[]{0}", "[{0}]", "{0},{0}", "{0}, {0},", "{0}[{0},{0}]", "{0}[{0}]]", "{0}{long}{0}", "{0}.{long}", "\u0301{0}",
)  # fmt: skip
WORDS: Final = st.text(st.characters(max_codepoint=0x2FFF), max_size=12)
numbers: Final = count(1)


@st.composite
def secrets(draw: st.DrawFn) -> tuple[str, str]:
    """A mark that is in nothing else, and the secret around it."""
    mark = f"Zq7hush{next(numbers)}z"
    if draw(st.booleans()):
        return mark, draw(st.sampled_from(SHAPES)).format(mark, long="x" * 255)
    middle = draw(WORDS) + draw(st.sampled_from(NEVER_IN_A_NAME)) + draw(WORDS)
    return mark, mark + middle + mark


plantings: Final = st.lists(
    st.tuples(st.sampled_from(sorted(EVERYWHERE)), secrets()), min_size=AT_ONCE, max_size=AT_ONCE
)


def started(engine: str, directory: Path) -> Target:
    directory.mkdir(mode=0o700)
    sampled = SAMPLED if engine == "native" else ""
    setup = SETUP.format(folder=str(directory)) + sampled + engine_setup(engine, directory)
    return Target(f"{setup}\nconfigure(deadline_s={DEADLINE_S})\n")


def plant(target: Target, chosen: list[tuple[str, tuple[str, str]]]) -> list[tuple[str, str]]:
    """What could be planted: some places refuse some texts, such as a class's name with a NUL in it."""
    held = []
    for place, (mark, secret) in chosen:
        code = EVERYWHERE[place].format(secret=secret)
        if target.evaluate(
            "planted",
            f"try:\n exec({code!r}); planted = 1\nexcept (ValueError, TypeError, UnicodeError): planted = 0",
        ):
            held.append((place, mark))
    return held


def found_in(directory: Path) -> bytes:
    files = [path for path in directory.iterdir() if path.suffix in (".json", ".heap")]
    content = b"".join(path.read_bytes() for path in files)
    for path in files:
        path.unlink()
    return content


def spelled(mark: str) -> Iterator[bytes]:
    yield from (mark.encode(), mark.encode("utf-16-le"), mark.encode("utf-32-le"))


def main() -> None:
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    place = Path(tempfile.mkdtemp(prefix="heapdiff-fuzz."))
    engines = ("native", "gc") if BUILT else ("gc",)
    targets: dict[str, Target] = {}
    done, threads = 0, 0

    @settings(
        max_examples=-(-wanted // AT_ONCE), deadline=None, database=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck), print_blob=False, verbosity=Verbosity.quiet,
    )  # fmt: skip
    @given(plantings)
    def nothing_is_told(chosen: list[tuple[str, tuple[str, str]]]) -> None:
        nonlocal done, threads
        for engine, target in targets.items():
            held = plant(target, [each for each in chosen if each[0] not in THREADS or threads < 300])
            taken = target.evaluate("snapshot()")
            assert not taken["error"], taken
            content = found_in(place / engine)
            leaked = [(where, mark) for where, mark in held if any(text in content for text in spelled(mark))]
            assert leaked == [], (
                engine,
                leaked,
                [each for each in chosen if each[1][0] in dict(leaked).values()],
            )
            target.execute("del HELD[1:]; sys.argv[1:] = []; cached.cache_clear()")
            done += len(held)
        threads += sum(each[0] in THREADS for each in chosen)

    with contextlib.ExitStack() as running:
        for engine in engines:
            targets[engine] = running.enter_context(started(engine, place / engine))
        nothing_is_told()
    print(f"{done} plantings with {' and '.join(engines)}, none found")


if __name__ == "__main__":
    main()
