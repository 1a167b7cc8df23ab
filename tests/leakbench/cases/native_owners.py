"""Native memory that goes with a few Python objects, or with none; and healthy apps that look like it."""

from __future__ import annotations

from heapdiff.answers import VerdictKind
from tests.leakbench.case import Case

__all__ = ["CASES"]

NATIVE = (VerdictKind.NATIVE,)
QUIET = (VerdictKind.STABLE, VerdictKind.INCONCLUSIVE)


def _case(
    name: str,
    title: str,
    path: str,
    *holders: str,
    leaked: str | None = None,
    verdicts: tuple[VerdictKind, ...] = NATIVE,
    needs: tuple[str, ...] = (),
) -> Case:
    """A case whose app has its name, below which its holders are."""
    module = f"tests.leakbench.apps.{name}"
    home = module.replace(".", r"\.")
    return Case(
        name, title, module, path, tuple(f"{home}{each}" for each in holders), leaked, verdicts, needs=needs
    )


CASES: tuple[Case, ...] = (
    _case("native_contexts", "TLS contexts in a list", "/fetch/{n}", r"\.CONTEXTS", leaked="ssl.SSLContext"),
    _case(
        "native_streams", "Compressors in tuples", "/stream/{n}", r"\.Streams\.open", leaked="zlib.Compress"
    ),
    _case("native_maps", "Maps of memory in a dict", "/upload/{n}", r"\.UPLOADS", leaked="mmap.mmap"),
    _case(
        "native_pictures",
        "A few large pictures",
        "/product/{n}",
        r"\.PICTURES",
        leaked="PIL.Image.Image",
        needs=("pillow",),
    ),
    _case(
        "native_documents",
        "Elements that keep their documents",
        "/feed/{n}",
        r"\.FEEDS\.latest",
        leaked="lxml.etree._Element",
        needs=("lxml",),
    ),
    _case("native_little", "A little of a C library with each request", "/lookup/{n}"),
    _case("native_bounded", "A bounded cache of compressors fills", "/stream/{n}", verdicts=QUIET),
    _case("native_peaks", "Large buffers, all freed", "/export/{n}", verdicts=QUIET),
)
