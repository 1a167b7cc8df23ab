"""The DOT text is what `dot` accepts, whatever the names are."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heapdiff.answers import NodeRole, Picture, PictureEdge, PictureNode
from heapdiff.render.dot import LOOKS, render_dot
from tests.render import findings

NAMES = st.text(max_size=30) | st.sampled_from(
    ["\\N", "\\", '"', "<b>", "-->", "]]>", "&amp;", findings.HOSTILE]
)


def draw(dot: str, kind: str) -> bytes:
    program = shutil.which("dot") or shutil.which("graphviz-pure", path=str(Path(sys.executable).parent))
    assert program, "install graphviz-pure, or Graphviz"
    return subprocess.run([program, f"-T{kind}"], input=dot.encode(), capture_output=True, check=True).stdout


def svg_texts(dot: str) -> list[str]:
    root = ElementTree.fromstring(draw(dot, "svg"))
    return [text for element in root.iter("{http://www.w3.org/2000/svg}text") if (text := element.text)]


def test_the_picture_shows_every_title_and_line() -> None:
    texts = {text.strip("\xa0 ") for text in svg_texts(render_dot(findings.picture()))}
    picture = findings.picture()
    wanted = {picture.title, picture.subtitle, *picture.notes}
    wanted |= {text for node in picture.nodes for text in (node.title, *node.lines)}
    wanted |= {edge.label for edge in picture.edges}
    assert wanted - {text.replace("\xa0", " ") for text in texts} == set()


def test_a_png_comes_out_too() -> None:
    assert draw(render_dot(findings.picture()), "png").startswith(b"\x89PNG")


@pytest.mark.process
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(NAMES, NAMES, NAMES, NAMES)
def test_dot_reads_any_name_as_text(title: str, node: str, fact: str, edge: str) -> None:
    picture = Picture(
        title,
        node,
        (
            PictureNode(node, NodeRole.GLOBAL, node, (fact,)),
            PictureNode("b" + node, NodeRole.TARGET, fact, ()),
        ),
        (PictureEdge(node, "b" + node, edge, True),),
        (fact,),
    )
    root = ElementTree.fromstring(draw(render_dot(picture), "svg"))
    groups = [group.get("class") for group in root.iter("{http://www.w3.org/2000/svg}g")]
    assert (groups.count("node"), groups.count("edge")) == (2, 1)


def test_a_hostile_name_appears_in_the_picture_with_its_escapes_visible() -> None:
    texts = " ".join(svg_texts(render_dot(findings.hostile_picture())))
    assert "\\x1b[31m" in texts
    assert "<script>" in texts


def test_a_name_of_ten_thousand_characters_is_shortened() -> None:
    assert max(map(len, render_dot(findings.hostile_picture()).splitlines())) < 2_000


def test_every_role_looks_different_without_colour() -> None:
    def lightness(colour: str) -> int:
        red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
        return round((0.21 * red + 0.72 * green + 0.07 * blue) / 16)

    looks = {(lightness(look.fill), look.style, look.pen) for look in LOOKS.values()}
    assert len(looks) == len(NodeRole)


def test_an_edge_to_a_node_that_is_not_drawn_is_left_out() -> None:
    picture = Picture(
        "", "", (PictureNode("a", NodeRole.ROOT, "a", ()),), (PictureEdge("a", "b", "", False),), ()
    )
    assert "->" not in render_dot(picture)


def test_two_runs_give_the_same_text() -> None:
    assert render_dot(findings.picture()) == render_dot(findings.picture())
    assert re.findall(r"^  n\d+ ", render_dot(findings.picture()), re.MULTILINE)
