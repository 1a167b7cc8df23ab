"""Imports run one way; the agent stays small; what a user starts first loads nothing heavy."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import heapdiff

PACKAGE = Path(heapdiff.__file__).parent
VOCABULARY = frozenset({"errors", "model", "format", "version"})
MAY_USE = {
    "errors": frozenset[str](),
    "model": VOCABULARY,
    "format": VOCABULARY,
    "version": VOCABULARY,
    "answers": VOCABULARY,
    "snapshot": VOCABULARY,
    "graph": VOCABULARY | {"snapshot"},
    "knowledge": VOCABULARY | {"answers"},
    "analysis": VOCABULARY | {"answers", "snapshot", "graph", "knowledge"},
    "render": VOCABULARY | {"answers", "snapshot", "graph", "analysis"},
    "cli": VOCABULARY | {"answers", "snapshot", "graph", "analysis", "render", "agent", "remote"},
    "agent": VOCABULARY,
    "remote": VOCABULARY | {"answers", "agent"},
    "flask": VOCABULARY | {"agent", "remote"},
}
THIRD_PARTY = {
    "graph": frozenset({"numpy"}),
    "analysis": frozenset({"numpy"}),
    "render": frozenset({"rich", "graphviz", "graphviz_pure"}),
    "cli": frozenset({"click", "rich"}),
    "flask": frozenset({"flask", "werkzeug"}),
}
VAGUE_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "manager", "misc"})
HEAVY = frozenset({"asyncio", "flask", "graphviz", "gunicorn", "guppy", "logging.config", "numpy", "rich"})


@dataclass(frozen=True)
class Import:
    """One import statement: who imports what, where, and whether it waits until a function runs."""

    importer: str
    imported: str
    line: int
    lazy: bool

    @property
    def layer(self) -> str:
        return layer_of(self.importer)

    @property
    def package(self) -> str:
        return self.imported.split(".")[0]

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.imported}"


def layer_of(module: str) -> str:
    """The part of a module's name that decides its layer; the face, `heapdiff` itself, has an empty one."""
    return module.split(".")[1] if "." in module else ""


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_module(name: str) -> bool:
    path = PACKAGE.parent.joinpath(*name.split("."))
    return path.is_dir() or any(path.parent.glob(f"{path.name}.*"))


def imported_names(node: ast.Import | ast.ImportFrom, importer: str, is_package: bool) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    base = node.module or ""
    if node.level:
        parts = importer.split(".")
        parts = parts[: len(parts) - node.level + is_package]
        base = ".".join([*parts, base] if base else parts)
    for alias in node.names:
        inner = f"{base}.{alias.name}"
        yield inner if base.startswith("heapdiff") and is_module(inner) else base


def waits(node: ast.AST) -> bool:
    """Whether what stands inside runs later than the import of its module, or never."""
    for_types_only = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    return for_types_only or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def imports_of(path: Path) -> Iterator[Import]:
    importer, is_package = module_name(path), path.name == "__init__.py"

    def visit(node: ast.AST, lazy: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import | ast.ImportFrom):
                for name in imported_names(child, importer, is_package):
                    yield Import(importer, name, child.lineno, lazy)
            yield from visit(child, lazy or waits(child))

    yield from visit(ast.parse(path.read_text(), str(path)), False)


ALL_IMPORTS = [found for path in sorted(PACKAGE.rglob("*.py")) for found in imports_of(path)]
OURS = [found for found in ALL_IMPORTS if found.package == "heapdiff"]
FOREIGN = [found for found in ALL_IMPORTS if found.package not in {*sys.stdlib_module_names, "heapdiff"}]


def modules_after(code: str) -> set[str]:
    """The modules loaded by a fresh interpreter after it ran `code`."""
    script = f"import sys, json\n{code}\nprint('\\n' + json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_every_module_belongs_to_a_layer() -> None:
    layers = {layer_of(module_name(path)) for path in PACKAGE.rglob("*.py")} - {"", "__main__"}
    assert layers <= set(MAY_USE)


def test_imports_run_only_downwards() -> None:
    upwards = [
        str(found)
        for found in OURS
        if found.layer in MAY_USE
        and layer_of(found.imported) not in {"", found.layer}
        and layer_of(found.imported) not in MAY_USE[found.layer]
    ]
    assert upwards == []


def test_the_face_imports_its_parts_only_when_they_are_used() -> None:
    eager = [str(found) for found in OURS if found.layer == "" and not found.lazy]
    assert [line for line in eager if layer_of(line.split()[-1]) not in {"", *VOCABULARY}] == []


def test_a_layer_uses_only_the_third_party_packages_it_is_meant_to() -> None:
    surprises = [
        str(found)
        for found in FOREIGN
        if found.layer != "agent" and found.package not in THIRD_PARTY.get(found.layer, frozenset())
    ]
    assert surprises == []


def test_the_agent_imports_the_standard_library_only() -> None:
    surprises = [str(found) for found in FOREIGN if found.layer == "agent"]
    assert surprises == []


def test_the_agent_in_a_process_loads_no_third_party_module() -> None:
    agent = [module_name(path) for path in sorted((PACKAGE / "agent").rglob("*.py"))]
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


def test_import_heapdiff_loads_neither_agent_nor_analysis() -> None:
    ours = {name for name in modules_after("import heapdiff") if name.split(".")[0] == "heapdiff"}
    assert {layer_of(name) for name in ours} <= {"", *VOCABULARY}


@pytest.mark.parametrize("folder", ["heapdiff", "tests", "samples"])
def test_no_module_has_a_name_that_says_nothing(folder: str) -> None:
    vague = [path for path in (PACKAGE.parent / folder).rglob("*") if path.stem in VAGUE_NAMES]
    assert vague == []
