"""What each tool asks the command line: checked values in, arguments out. Asks nothing itself."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from heapdiff.assistants.places import Places, require_text
from heapdiff.errors import UsageError

MOST_ROWS: Final = 50
MOST_SNAPSHOTS: Final = 20
MOST_SQL: Final = 4_000
GROUPS: Final = ("type", "holder", "module", "package", "distribution", "site", "entry")

Arguments = tuple[str, ...]


def compare(places: Places, snapshots: Sequence[str], n: int) -> Arguments:
    paths = _find_all(places, snapshots, least=2)
    return "compare", *_rows(n), "--", *paths


def advise(places: Places, snapshots: Sequence[str], n: int, everything: bool) -> Arguments:
    paths = _find_all(places, snapshots, least=1)
    return "advise", *_rows(n), *(("--all",) if everything else ()), "--", *paths


def why(places: Places, snapshot: str, what: str, n: int) -> Arguments:
    return "why", *_rows(n), "--", str(places.find(snapshot)), require_text(what, "what")


def tree(places: Places, snapshot: str, holder: str, n: int) -> Arguments:
    start = (f"--from={require_text(holder, 'holder')}",) if holder else ()
    return "tree", *_rows(n), *start, "--", str(places.find(snapshot))


def show(places: Places, snapshot: str, by: str, retained: bool, n: int) -> Arguments:
    if by not in GROUPS:
        raise UsageError(f"by: expected one of {', '.join(GROUPS)}", "")
    return (
        "show",
        f"--by={by}",
        *_rows(n),
        *(("--retained",) if retained else ()),
        "--",
        str(places.find(snapshot)),
    )


def graph(places: Places, snapshot: str, since: str, chosen: dict[str, str], output: Path) -> Arguments:
    """`chosen`: at most one of `type`, `holder` and `address`, each empty or a text."""
    options = [f"--{option}={require_text(text, option)}" for option, text in chosen.items() if text]
    if since:
        options.append(f"--since={places.find(since)}")
    return "graph", *options, f"--output={output}", "--", str(places.find(snapshot))


def query(places: Places, snapshots: Sequence[str], sql: str, n: int) -> Arguments:
    """A statement may have lines."""
    paths = _find_all(places, snapshots, least=1, most=2)
    require_text(sql.translate({ord("\n"): " ", ord("\t"): " "}), "sql", MOST_SQL)
    return "query", *_rows(n), "--", *paths, sql


def processes(directory: Path) -> Arguments:
    return "ps", f"--dir={directory}", "--format=json"


def snapshot(pid: int, directory: Path, label: str) -> Arguments:
    labelled = (f"--label={require_text(label, 'label')}",) if label else ()
    return "snapshot", f"--dir={directory}", *labelled, "--", str(pid)


def _find_all(places: Places, names: Sequence[str], least: int, most: int = MOST_SNAPSHOTS) -> list[str]:
    if not least <= len(names) <= most:
        raise UsageError(f"snapshots: expected {least} to {most}, got {len(names):,}", "")
    return [str(places.find(name)) for name in names]


def _rows(n: int) -> tuple[str]:
    return (f"-n{min(max(n, 1), MOST_ROWS)}",)
