"""Imports run one way; the agent stays small; what a user starts first loads nothing heavy."""

from __future__ import annotations

import ast
import functools
import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final

import pytest

import heapdiff
from tests.cli.snapshot_files import SHOP_AFTER, SHOP_BEFORE, write_snapshot

PACKAGE = Path(heapdiff.__file__).parent
NUMBERS = frozenset({"errors", "version", "format", "fields", "deployment"})
VOCABULARY = NUMBERS | {"model"}
ABOVE_GRAPHS = VOCABULARY | {"answers", "escaping", "knowledge", "snapshot", "graph", "analysis"}
MAY_USE: Final[Mapping[str, frozenset[str]]] = {
    "errors": frozenset(),
    "version": frozenset(),
    "format": frozenset(),
    "fields": frozenset(),
    "deployment": frozenset(),
    "escaping": frozenset(),
    "model": NUMBERS,
    "answers": VOCABULARY,
    "snapshot": VOCABULARY,
    "agent": VOCABULARY,
    "knowledge": VOCABULARY | {"answers"},
    "graph": VOCABULARY | {"snapshot"},
    "analysis": VOCABULARY | {"answers", "escaping", "knowledge", "snapshot", "graph"},
    "render": VOCABULARY | {"answers", "escaping", "snapshot", "graph", "analysis"},
    "export": ABOVE_GRAPHS | {"agent"},
    "fleet": ABOVE_GRAPHS,
    "remote": VOCABULARY | {"answers", "agent"},
    "beside": VOCABULARY | {"agent"},
    "assistants": ABOVE_GRAPHS | {"render", "agent", "remote", "beside"},
    "cli": ABOVE_GRAPHS | {"render", "agent", "export", "remote", "assistants", "viewer", "fleet"},
    "web": VOCABULARY | {"escaping", "render"},
    "viewer": ABOVE_GRAPHS | {"render", "web"},
    "flask": VOCABULARY
    | {"answers", "escaping", "knowledge", "agent", "remote", "render", "beside", "web", "cli"},
    "testing": ABOVE_GRAPHS | {"render", "agent", "beside"},
    "__main__": frozenset({"cli"}),
}
ROOMS: Final[Mapping[str, tuple[str, ...]]] = {  # a room uses those before it
    "agent": ("system", "settings", "deployment", "directory", "writing", "engines", "worker"),
    "agent/engines": ("contract", "selfcheck", "forked", "gc", "choice"),
    "agent/native": (
        "platform",
        "cpython",
        "write",
        "capacity",
        "content",
        "types",
        "sampling",
        "joining",
        "watching",
        "walk",
        "directory",
        "capture",
        "control",
        "module",
    ),
    "analysis": (
        "reach",
        "naming",
        "holders",
        "growth",
        "trends",
        "native",
        "witnesses",
        "callers",
        "suspects",
        "verdict",
        "comparison",
        "queries",
        "owner_map",
        "waste",
        "reporting",
        "browsing",
    ),
    "analysis/waste": (
        "ground",
        "structures",
        "copies",
        "connections",
        "caching",
        "held",
        "modules",
        "capacity",
        "arranging",
        "advising",
        "concerning",
    ),
    "export": ("sql", "chrome", "parquet", "formats"),
    "fleet": ("tables", "lake", "ingest", "engines", "judging", "questions"),
    "flask": (
        "access",
        "catching",
        "apart",
        "lines",
        "toolbar",
        "metrics",
        "live",
        "endpoints",
        "extension",
        "serving",
        "commands",
    ),
    "viewer": ("access", "door", "shelf", "apart", "questions", "pages", "application", "serving"),
    "testing": ("looking", "measuring", "plugin"),
    "graph/native": ("arrays", "reading", "algorithms", "module"),
}
FEWEST_FILES, MOST_FILES, MOST_LINES = 3, 10, 400
SMALL = frozenset({"agent/startup"})  # its path is a setting of users' servers
OF_THEIR_OWN = frozenset(
    {"leakbench", "documents", "samples", "servers", "suites"}
)  # folders of tests that try it from outside
TWINS = frozenset(
    {"native", "fallback"}
)  # the same in C, the same in Python: their names are meant to be alike
THIRD_PARTY = {
    "snapshot": frozenset({"compression", "zstandard"}),  # of Python 3.14, and before
    "graph": frozenset({"numpy"}),
    "analysis": frozenset({"numpy"}),
    "render": frozenset({"rich", "graphviz", "graphviz_pure", "jinja2", "markupsafe"}),
    "export": frozenset({"numpy", "duckdb"}),  # the extra `sql`
    "fleet": frozenset({"duckdb", "ibis", "numpy", "pyarrow", "pyspark"}),  # the extras `fleet` and `spark`
    "assistants": frozenset({"anyio", "mcp", "mcp_types", "pydantic"}),  # the extra `mcp`
    "web": frozenset({"flask", "jinja2"}),
    "viewer": frozenset({"flask", "jinja2", "numpy", "waitress", "werkzeug"}),  # the extra `view`
    "cli": frozenset({"click", "rich"}),
    "testing": frozenset({"pytest"}),
    "flask": frozenset(
        {"flask", "flask_debugtoolbar", "jinja2", "markupsafe", "werkzeug", "click"}
        | {"prometheus_client", "opentelemetry", "guppy", "objgraph"}
    ),
}
VAGUE_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "manager", "misc"})
HEAVY = frozenset(
    {
        "asyncio",
        "duckdb",
        "flask",
        "graphviz",
        "gunicorn",
        "guppy",
        "ibis",
        "jinja2",
        "logging.config",
        "numpy",
        "pyarrow",
        "rich",
    }
)
FILE_NAMES: Final = re.compile(r"\.agent-")
KNOW_FILE_NAMES: Final = ("agent/directory/", "agent/native/directory/", "agent/native/control/door")


@dataclass(frozen=True)
class Arrow:
    """One import or `#include`: from which file to which, by their places in the package without ending."""

    source: str
    target: str
    line: int
    lazy: bool = False

    def __str__(self) -> str:
        return f"{self.source}:{self.line} ──► {self.target or 'heapdiff'}"

    def within(self, folder: str) -> tuple[str, str] | None:
        """The two parts of a folder that it joins; None where an end is elsewhere or both are in one."""
        ends = part_of(folder, self.source), part_of(folder, self.target)
        return (ends[0], ends[1]) if all(ends) and ends[0] != ends[1] else None


def part_of(folder: str, place: str) -> str:
    """The file or room directly below a folder in which a place is; empty where it is elsewhere."""
    if not folder:
        return place.split("/")[0]
    return place.removeprefix(f"{folder}/").split("/")[0] if place.startswith(f"{folder}/") else ""


def place_of(path: Path) -> str:
    """`heapdiff/graph/heap.py` is `graph/heap`, a package is its folder, and `heapdiff` itself is empty."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return "/".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = sorted(path for ending in ("py", "c", "h") for path in PACKAGE.rglob(f"*.{ending}"))
FILES = sorted({*SOURCES, *PACKAGE.rglob("*.pyi")})
PLACES = frozenset(map(place_of, FILES))


def imported_places(node: ast.Import | ast.ImportFrom, importer: Path) -> Iterator[str]:
    """What of heapdiff a statement imports: a name that is a module is that module, else the module it is in."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    else:
        assert not node.level, f"{importer}: relative import"
        modules = {f"{node.module}.{alias.name}" for alias in node.names}
        names = sorted({name if as_place(name) in PLACES else name.rpartition(".")[0] for name in modules})
    yield from (as_place(name) for name in names if name.split(".")[0] == "heapdiff")


def as_place(module: str) -> str:
    return "/".join(module.split(".")[1:])


def waits(node: ast.AST) -> bool:
    """Whether what stands inside runs later than the import of its module, or never."""
    for_types_only = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    return for_types_only or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


@functools.cache
def statements(path: Path) -> list[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Every import of a file, and whether it waits."""

    def visit(node: ast.AST, lazy: bool) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import | ast.ImportFrom):
                yield child, lazy
            elif not isinstance(child, ast.expr):
                yield from visit(child, lazy or waits(child))

    return list(visit(ast.parse(path.read_text(), str(path)), False))


def arrows_of(path: Path) -> Iterator[Arrow]:
    if path.suffix == ".py":
        for node, lazy in statements(path):
            for target in imported_places(node, path):
                yield Arrow(place_of(path), target, node.lineno, lazy)
        return
    native = next((folder for folder in path.parents if folder.name == "native"), PACKAGE)
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if included := re.match(r'\s*#\s*include "([^"]+)"', line):
            found = next(root / included[1] for root in (native, PACKAGE) if (root / included[1]).exists())
            yield Arrow(place_of(path), place_of(found), number)


@functools.cache
def arrows() -> list[Arrow]:
    return [arrow for path in SOURCES for arrow in arrows_of(path) if arrow.source != arrow.target]


def foreign() -> list[tuple[str, str, str]]:
    """Which layer imports which module that is neither ours nor the standard library's, and where."""
    return [
        (part_of("", place_of(path)), name, f"{place_of(path)}:{node.lineno} imports {name}")
        for path in SOURCES
        if path.suffix == ".py"
        for node, _ in statements(path)
        for name in (
            [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
        )
        if name.split(".")[0] not in {*sys.stdlib_module_names, "heapdiff"}
    ]


def circles(of: Iterable[Arrow]) -> list[str]:
    """The arrows that lie on a way back to where they start."""
    kept = list(of)
    ahead: defaultdict[str, set[str]] = defaultdict(set)
    for arrow in kept:
        ahead[arrow.source].add(arrow.target)

    def reached(start: str) -> set[str]:
        found, waiting = {start}, [start]
        while waiting:
            new = ahead[waiting.pop()] - found
            found |= new
            waiting += new
        return found

    behind = {target: reached(target) for target in {arrow.target for arrow in kept}}
    return sorted(str(arrow) for arrow in kept if arrow.source in behind[arrow.target])


def none(found: Iterable[object]) -> None:
    """What was found goes below the failure, a line each."""
    lines = [*map(str, found)]
    assert not lines, "\n".join(["", *lines])


def modules_after(code: str) -> set[str]:
    """The modules loaded by a fresh interpreter after it ran `code`."""
    script = f"import sys, json\n{code}\nprint('\\n' + json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_every_file_belongs_to_a_layer() -> None:
    assert {part_of("", place) for place in PLACES} - {""} <= set(MAY_USE)


def test_packages_import_only_downwards() -> None:
    """`heapdiff` itself is above all of them."""
    upwards = [
        str(arrow)
        for arrow in arrows()
        if arrow.source
        and part_of("", arrow.target) not in {part_of("", arrow.source), *MAY_USE[part_of("", arrow.source)]}
    ]
    none(upwards)


@pytest.mark.parametrize("folder", ROOMS)
def test_rooms_use_only_rooms_before_them(folder: str) -> None:
    order = {room: number for number, room in enumerate(ROOMS[folder])}
    unknown, upwards = set(), []
    for arrow in arrows():
        if ends := arrow.within(folder):
            unknown |= {end for end in ends if end not in order and f"{folder}/{end}" in ROOMLIKE}
            if all(end in order for end in ends) and order[ends[0]] < order[ends[1]]:
                upwards.append(str(arrow))
    none(upwards)
    none(f"{folder}/{room} has no place in the order of its rooms" for room in unknown)


ROOMLIKE = {place_of(path.parent / "__init__.py") for path in FILES}


def test_nothing_imports_what_imports_it() -> None:
    none(circles(arrow for arrow in arrows() if arrow.source))


def test_no_rooms_import_each_other() -> None:
    for folder in sorted(ROOMLIKE):
        joined = {(ends[0], ends[1]) for arrow in arrows() if (ends := arrow.within(folder))}
        none(
            f"in {folder}: {found}"
            for found in circles(Arrow(source, target, 0) for source, target in joined)
        )


def test_a_folder_can_be_taken_in_at_a_glance() -> None:
    stems: defaultdict[str, set[str]] = defaultdict(set)
    for path in FILES:
        if path.name != "__init__.py":
            stems[str(path.parent.relative_to(PACKAGE))].add(path.stem)
    sizes = {folder: len(names) for folder, names in stems.items() if folder not in SMALL}
    none(f"{folder}: {size}" for folder, size in sizes.items() if size > MOST_FILES)
    rooms = {
        folder: size
        for folder, size in sizes.items()
        if not folder.endswith("native") and folder not in ROOMS
    }
    none(f"{folder}: {size}" for folder, size in rooms.items() if size < FEWEST_FILES)


def test_the_tests_folders_mirror_the_rooms() -> None:
    tests = Path(__file__).parent
    folders = {path.parent.relative_to(tests) for path in tests.rglob("test_*.py")}
    none(f for f in sorted(folders) if not (PACKAGE / f).is_dir() and f.parts[0] not in OF_THEIR_OWN)


def test_no_file_is_too_long_to_be_one_room() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in SOURCES}
    none(f"{path.relative_to(PACKAGE)}: {lines}" for path, lines in lengths.items() if lines > MOST_LINES)


def test_no_two_files_of_a_package_have_one_name() -> None:
    named = {
        (part_of("", place_of(path)), twin_of(path), path.stem, place_of(path))
        for path in FILES
        if path.name != "__init__.py" and len(path.relative_to(PACKAGE).parts) > 1
    }
    often = Counter(name[:3] for name in named)
    none(sorted(place for *name, place in named if often[name[0], name[1], name[2]] > 1))


def twin_of(path: Path) -> str:
    return next((part for part in PurePath(path).parts if part in TWINS), "")


def test_names_of_files_are_known_in_one_place_only() -> None:
    elsewhere = [
        f"{place_of(path)}:{number}: {line.strip()}"
        for path in SOURCES
        if not place_of(path).startswith(KNOW_FILE_NAMES)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if FILE_NAMES.search(line)
    ]
    none(elsewhere)


def test_the_face_imports_its_parts_only_when_they_are_used() -> None:
    eager = [arrow for arrow in arrows() if arrow.source == "" and not arrow.lazy]
    none(str(arrow) for arrow in eager if part_of("", arrow.target) not in VOCABULARY)


def test_a_layer_uses_only_the_third_party_packages_it_is_meant_to() -> None:
    surprises = [
        text
        for layer, name, text in foreign()
        if name.split(".")[0] not in THIRD_PARTY.get(layer, frozenset())
    ]
    none(surprises)


def test_the_agent_in_a_process_loads_no_third_party_module() -> None:
    agent = [
        ".".join(("heapdiff", *place_of(path).split("/")))
        for path in SOURCES
        if path.suffix == ".py" and place_of(path).split("/")[0] == "agent" and path.stem != "sitecustomize"
    ]
    before = modules_after("")
    loaded = {name.split(".")[0] for name in modules_after("import " + ", ".join(agent)) - before}
    assert loaded - {"heapdiff", *sys.stdlib_module_names} == set()


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("import heapdiff", id="import heapdiff"),
        pytest.param(
            "sys.argv = ['heapdiff', '--help']\n"
            "from heapdiff.cli import main\n"
            "try: code = main()\n"
            "except SystemExit as end: code = end.code\n"
            "assert not code, code",
            id="heapdiff --help",
        ),
    ],
)
def test_starting_loads_nothing_heavy(code: str) -> None:
    assert modules_after(code) & HEAVY == set()


HELP: Final = "import sys\nfrom heapdiff.cli import main\nassert main(['--help']) == 0"
OTHER_QUESTIONS: Final = tuple(
    f"heapdiff.analysis.{room}."
    for room in ("browsing", "owner_map", "queries", "waste.capacity", "waste.held", "waste.modules")
)
COMPARE: Final = "import sys\nfrom heapdiff.cli import main\nassert main(['compare', {!r}, {!r}]) == 0"


def ours_after(code: str) -> set[str]:
    return {name for name in modules_after(code) if name.split(".")[0] == "heapdiff"}


def test_help_loads_the_commands_and_hardly_anything_else() -> None:
    """A module takes a millisecond or so: with the answers' and a few others, help took as long again."""
    loaded = {name for name in ours_after(HELP) if part_of("", as_place(name)) != "cli"}
    assert loaded == {"heapdiff", "heapdiff.errors", "heapdiff.escaping", "heapdiff.version"}


def test_a_comparison_loads_no_other_question(tmp_path: Path) -> None:
    before, after = write_snapshot(tmp_path, SHOP_BEFORE, 1), write_snapshot(tmp_path, SHOP_AFTER, 2)
    loaded = ours_after(COMPARE.format(str(before), str(after)))
    assert [name for name in sorted(loaded) if name.startswith(OTHER_QUESTIONS)] == []
    assert {part_of("", as_place(name)) for name in loaded} <= {"", "cli", "render", *ABOVE_GRAPHS}
    stored = {name.rpartition(".")[2] for name in loaded if "graph.stored." in name}
    assert stored == {"columns", "records", "shelf"}
    assert len(loaded) < MOST_LOADED


MOST_LOADED: Final = 240


def test_a_worker_loads_what_its_start_takes_and_no_more() -> None:
    """Every worker pays for it: of ours what only a capture needs, of the standard library's what its host may do without."""
    before = modules_after("")
    loaded = modules_after(
        "from heapdiff.agent.settings import settings\nfrom heapdiff.agent.worker import joining"
    )
    rest = {"heapdiff.model", "heapdiff.format", "socket", "datetime", "tempfile", "subprocess", "hashlib"}
    assert (loaded - before) & rest == set()


def test_only_commands_open_a_cache() -> None:
    """Not the agent, Flask's tools or the pytest plugin, which are guests; the graph names it only to say what it takes."""
    opens = {arrow.source for arrow in arrows() if arrow.target == "graph/stored/cabinet"}
    assert {place.split("/")[0] for place in opens} == {"cli", "graph"}
    assert {place for place in opens if place.startswith("graph")} == {"graph/loading"}


def test_import_heapdiff_loads_neither_agent_nor_analysis() -> None:
    ours = {as_place(name) for name in modules_after("import heapdiff") if name.split(".")[0] == "heapdiff"}
    assert {part_of("", place) for place in ours} <= {"", *VOCABULARY}


@pytest.mark.parametrize("folder", ["heapdiff", "tests", "samples"])
def test_no_module_has_a_name_that_says_nothing(folder: str) -> None:
    vague = [path for path in (PACKAGE.parent / folder).rglob("*") if path.stem in VAGUE_NAMES]
    none(vague)
