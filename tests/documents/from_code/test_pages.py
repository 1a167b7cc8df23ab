"""What the pages say of settings and answers is what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import heapdiff
from heapdiff.agent.settings.meanings import ENVIRONMENT_ONLY, MEANINGS
from heapdiff.agent.settings.parsers import PARSERS
from tests.cli.command import run
from tests.documents.from_code.pages import GENERATED
from tests.documents.from_code.schemas import SCHEMAS, schema_of
from tests.documents.stage import write_originals

PACKAGE = Path(heapdiff.__file__).parent
SOURCE = "\n".join(path.read_text() for path in sorted(PACKAGE.rglob("*.py")) if path.stem != "meanings")
GOLD = Path(__file__).parents[2] / "render" / "gold"
NOT_ANSWERS = {
    "snapshot/1",
    "heap/1",
    "heapdiff/1",
    "agent/1",
    "view/1",
    "snapshots/1",
}  # files, a socket's, a list of the endpoints
ANSWERS = {
    "compare/1": ("compare", "{0}", "{1}", "{2}"),
    "advice/1": ("advise", "{0}", "{1}"),
    "show/1": ("show", "{0}", "--retained"),
    "since/1": ("show", "{1}", "--since", "{0}"),
    "why/1": ("why", "{1}", "shop.models.Session"),
    "tree/1": ("tree", "{1}"),
}


@pytest.mark.parametrize("page", GENERATED, ids=lambda page: page.name)
def test_each_generated_page_is_what_the_code_says_now(page: Path) -> None:
    assert page.read_text("utf-8") == GENERATED[page](), "run python -m tests.documents.from_code"


def test_every_setting_that_the_code_reads_has_a_meaning() -> None:
    named = set(re.findall(r"\bHEAPDIFF_[A-Z]+(?:_[A-Z]+)*\b", SOURCE))
    assert named >= PARSERS.keys()
    assert named - MEANINGS.keys() - ENVIRONMENT_ONLY.keys() == set(), "heapdiff/agent/settings/meanings.py"
    assert ENVIRONMENT_ONLY.keys() <= named


@pytest.mark.parametrize("name", MEANINGS)
def test_a_setting_takes_the_values_that_it_is_shown_with(name: str) -> None:
    _, parse = PARSERS[name]
    for example in MEANINGS[name].examples:
        parse(example)


def test_every_answer_that_the_code_prints_has_a_schema() -> None:
    printed = set(re.findall(r'"([a-z]+/[0-9]+)"', SOURCE))
    assert printed - NOT_ANSWERS == SCHEMAS.keys()


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_originals(tmp_path_factory.mktemp("originals"))


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_what_its_schema_says(name: str, originals: list[Path]) -> None:
    done = run(*(word.format(*originals) for word in ANSWERS[name]), "--format", "json")
    assert done.exit_code == 0, done.stderr
    validate(json.loads(done.stdout), name)


@pytest.mark.parametrize(
    ("file", "name"), [("leak", "compare/1"), ("several", "comparisons/1"), ("advice", "advice/1")]
)
def test_an_answer_with_all_its_parts_is_what_its_schema_says(file: str, name: str) -> None:
    validate(json.loads((GOLD / f"{file}.json").read_text()), name)


def test_a_schema_refuses_what_is_no_such_answer(originals: list[Path]) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    answer = json.loads(run("show", originals[0], "--format", "json").stdout)
    wrong: list[dict[str, Any]] = [
        {**answer, "schema": "tree/1"},
        {**answer, "rows": [{**answer["rows"][0], "bytes": "many"}]},
        {key: value for key, value in answer.items() if key != "notes"},
    ]
    for each in wrong:
        with pytest.raises(jsonschema.ValidationError):
            validate(each, "show/1")


def validate(answer: object, name: str) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="in the extra `dev`; of Rust, so not in every step")
    jsonschema.Draft202012Validator.check_schema(schema_of(name))
    jsonschema.Draft202012Validator(schema_of(name)).validate(answer)
