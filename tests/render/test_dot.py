"""The DOT text is what `dot` accepts, whatever the names are."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heapdiff.answers import NodeRole, Picture, PictureEdge, PictureNode, Verdict, VerdictKind
from heapdiff.render.dot import LOOKS, RED, render_dot
from heapdiff.render.metrics import widest
from tests.render import findings

NAMES = st.text(max_size=30) | st.sampled_from(
    [
        "\\N",
        "\\",
        '"',
        "<b>",
        "-->",
        "]]>",
        "&amp;",
        '<IMG SRC="/etc/passwd"/>',
        '"];image="/etc/passwd";x="',
        ']>];evil[URL="javascript:1"];y [label=<',
        "\u202e\u2028\x9b",
        findings.HOSTILE,
    ]
)


PURE = shutil.which("graphviz-pure", path=str(Path(sys.executable).parent))
PROGRAMS = list(filter(None, [shutil.which("dot"), PURE]))
SVG = "{http://www.w3.org/2000/svg}"
DRAWN = {"svg", "g", "title", "polygon", "path", "text", "ellipse", "polyline"}  # no link, image or script


def draw(dot: str, kind: str, program: str = "") -> bytes:
    program = program or next(iter(PROGRAMS), "")
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
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= DRAWN
    assert not [name for element in root.iter() for name in element.attrib if "href" in name]
    shown = "".join(element.text or "" for element in root.iter(f"{SVG}text"))
    assert shown.replace("\xa0", " ").isprintable()


def test_a_hostile_name_appears_in_the_picture_with_its_escapes_visible() -> None:
    texts = " ".join(svg_texts(render_dot(findings.hostile_picture())))
    assert "\\x1b[31m" in texts
    assert "<script>" in texts


def test_a_name_of_ten_thousand_characters_is_shortened() -> None:
    assert max(map(len, render_dot(findings.hostile_picture()).splitlines())) < 2_500


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


def numbers(element: ElementTree.Element) -> list[float]:
    """Every second number of a shape's outline: where it is from left to right."""
    outline = element.get("points") or element.get("d") or ""
    return [float(each) for each in re.findall(r"-?\d+(?:\.\d+)?", outline)][::2]


def text_ends(element: ElementTree.Element) -> tuple[float, float]:
    """From where to where a text may reach, whichever font it is shown in."""
    start, bold = float(element.get("x", "0")), element.get("font-weight") == "bold"
    size = float((element.get("font-size") or "0").removesuffix("px"))
    assert element.get("text-anchor") == "start"
    return start, start + widest(element.text or "", size, bold)


WIDE_NAMES = [
    "shop.models.Session",
    "W" * 40,
    "m@%" * 12,
    "…" * 20,
    "Größenänderung",
    "['…'][…].<lru_cache>",
    "名前" * 8,
]


@pytest.mark.process
@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("name", WIDE_NAMES)
def test_text_fits_its_box_and_the_page_in_the_widest_font(program: str, name: str) -> None:
    root = ElementTree.fromstring(
        draw(render_dot(findings.picture(f"What grew: {name}", name)), "svg", program)
    )
    graph = next(root.iter(f"{SVG}g"))
    page = numbers(next(graph.iter(f"{SVG}polygon")))
    for text in graph.iter(f"{SVG}text"):
        left, right = text_ends(text)
        assert min(page) <= left
        assert right <= max(page)
    for group in (each for each in root.iter(f"{SVG}g") if each.get("class") == "node"):
        box = next(each for each in group if each.tag in (f"{SVG}path", f"{SVG}polygon"))
        for text in group.iter(f"{SVG}text"):
            left, right = text_ends(text)
            assert min(numbers(box)) <= left
            assert right <= max(numbers(box))


@pytest.mark.process
def test_the_ground_is_opaque_so_that_a_dark_page_does_not_shine_through() -> None:
    root = ElementTree.fromstring(draw(render_dot(findings.picture()), "svg"))
    ground = next(next(root.iter(f"{SVG}g")).iter(f"{SVG}polygon"))
    assert ground.get("fill") == "white"
    width = float((root.get("width") or "").removesuffix("pt"))
    assert max(numbers(ground)) - min(numbers(ground)) >= width - 2


def test_a_long_title_goes_on_in_the_next_row_between_two_steps() -> None:
    path = "shop.application.registry.handlers_by_name['…'].subscribers[…].callbacks_of_the_session"
    titles = re.findall(r'POINT-SIZE="15"><B>([^<]*)<', render_dot(findings.picture(f"What grew: {path}")))
    assert [title.replace("&#x27;", "'") for title in titles] == [
        "What grew: shop.application.registry.handlers_by_name",
        "['…'].subscribers[…].callbacks_of_the_session",
    ]


def test_red_is_only_what_grows() -> None:
    calm = replace(
        findings.picture(), edges=tuple(replace(edge, growing=False) for edge in findings.picture().edges)
    )
    assert RED in render_dot(findings.picture())
    assert RED not in render_dot(calm)


def test_the_verdict_of_the_comparison_stands_below_the_title() -> None:
    judged = replace(findings.picture(), verdict=Verdict(VerdictKind.STABLE, "Nothing grew."))
    assert "STABLE: Nothing grew." in render_dot(judged)
