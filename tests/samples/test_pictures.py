"""The documentation's pictures, drawn here from small snapshots: complete in themselves, and of what the commands say."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from samples.leaky_shop.pictures import PAGES, PICTURES, SNAPSHOTS, draw_terminal
from tests.documents.stage import prepare, write_originals

pytestmark = pytest.mark.process
IMAGES = Path(__file__).parents[2] / "docs" / "images"
MOST_BYTES = 200_000


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    stage = tmp_path_factory.mktemp("stage")
    (stage / "originals").mkdir()
    prepare(stage, write_originals(stage / "originals"), " ".join(SNAPSHOTS))
    return stage


@pytest.mark.slow
def test_a_terminal_shows_what_the_command_prints_in_colour_and_loads_nothing(directory: Path) -> None:
    svg = draw_terminal(f"heapdiff compare {' '.join(SNAPSHOTS)}", 3, directory).decode()
    text = "".join(ElementTree.fromstring(svg).itertext()).replace("\N{NO-BREAK SPACE}", " ")
    assert "$ heapdiff compare first.json" in text
    assert "LEAK: shop.cache.SESSIONS keeps 400 more entries" in text
    assert "held by" not in text
    assert "@font-face" not in svg
    assert "url(http" not in svg
    assert len(set(svg.split("fill: #"))) > 3


def test_the_pictures_that_pages_show_are_those_that_are_drawn_and_small() -> None:
    for name in (*PICTURES, *PAGES):
        assert (IMAGES / name).stat().st_size < MOST_BYTES


def test_a_command_that_fails_is_not_a_picture(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="exit code 3"):
        draw_terminal("heapdiff show gone.json", 1, tmp_path)
