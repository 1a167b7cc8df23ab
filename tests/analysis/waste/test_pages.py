"""Every rule of `advise` is explained, and nothing else is."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

from heapdiff.analysis import waste
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.answers import Topic

PAGES = Path(__file__).parents[3] / "docs" / "advice"
MODULES = [each.name for each in pkgutil.walk_packages(waste.__path__, "heapdiff.analysis.waste.")]
RULES = {
    rule.name: rule
    for name in MODULES
    for rule in vars(importlib.import_module(name)).values()
    if isinstance(rule, Rule)
}


def test_each_rule_has_a_page_and_each_page_a_rule() -> None:
    assert {page.stem for page in PAGES.glob("*.md")} - {"README"} == set(RULES)


@pytest.mark.parametrize("topic", Topic)
def test_the_index_has_the_rules_of_each_tip_in_its_row(topic: Topic) -> None:
    rows = (PAGES / "README.md").read_text().splitlines()
    row = next((row for row in rows if row.startswith(f"| {topic.value.replace('-', ' ')} |")), "")
    assert {*re.findall(r"\]\(([\w-]+)\.md\)", row)} == {
        rule.name for rule in RULES.values() if rule.topic is topic
    }
