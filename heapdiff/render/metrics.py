"""How wide text may get in whatever font a viewer has: the widest of DejaVu Sans, Liberation Sans, Arial and Helvetica.

A picture is laid out with one font and shown with another; a box as wide as the widest of them fits with all.
"""

from typing import Final

from rich.cells import cell_len

WIDE: Final = 1.1  # em, of what takes two cells of a terminal
OTHER: Final = 1.0  # em, of what is not ASCII
# em, from the fonts' own tables: the wider of DejaVu Sans 2.37 and Liberation Sans 2.1, which is as wide as the other two
REGULAR: Final = (
    (0.28, "'ijl"),
    (0.3, "I"),
    (0.32, " ,."),
    (0.34, "/:;\\|"),
    (0.36, "f"),
    (0.37, "-"),
    (0.4, "()[]t"),
    (0.41, "!"),
    (0.42, "r"),
    (0.46, '"'),
    (0.5, "*J`"),
    (0.53, "sz"),
    (0.55, "c"),
    (0.56, "?L_"),
    (0.58, "k"),
    (0.6, "vxy"),
    (0.62, "FTaeo"),
    (0.64, "$0123456789bdghnpqu{}"),
    (0.67, "EKPSY"),
    (0.69, "ABVXZ"),
    (0.73, "CR"),
    (0.74, "U"),
    (0.75, "N"),
    (0.76, "H"),
    (0.78, "&DG"),
    (0.79, "OQ"),
    (0.82, "w"),
    (0.84, "#+<=>^~"),
    (0.87, "M"),
    (0.96, "%"),
    (0.98, "m"),
    (0.99, "W"),
    (1.02, "@"),
)
BOLD: Final = (
    (0.31, "'"),
    (0.35, " ijl"),
    (0.37, "/\\|"),
    (0.38, ",.I"),
    (0.4, ":;"),
    (0.42, "-"),
    (0.44, "f"),
    (0.46, "!()[]"),
    (0.48, "t"),
    (0.5, "`r"),
    (0.53, '"*'),
    (0.56, "J_"),
    (0.59, "z"),
    (0.6, "cs"),
    (0.62, "?"),
    (0.64, "L"),
    (0.65, "x"),
    (0.66, "vy"),
    (0.67, "k"),
    (0.68, "ae"),
    (0.69, "EFTo"),
    (0.7, "$0123456789"),
    (0.72, "bdghnpqu{}"),
    (0.73, "SYZ"),
    (0.74, "CP"),
    (0.77, "B"),
    (0.78, "AKRVX"),
    (0.82, "U"),
    (0.83, "G"),
    (0.84, "#+<=>DHN^~"),
    (0.86, "OQ"),
    (0.88, "&"),
    (0.93, "w"),
    (1.0, "@M"),
    (1.01, "%"),
    (1.05, "m"),
    (1.11, "W"),
)
_EM: Final = {
    bold: {character: em for em, characters in table for character in characters}
    for bold, table in ((False, REGULAR), (True, BOLD))
}


def widest(text: str, points: float, bold: bool = False) -> float:
    """The most points that a line of text takes at a size."""
    known = _EM[bold]
    return points * sum(known.get(each) or (WIDE if cell_len(each) > 1 else OTHER) for each in text)
