"""Findings built by hand, as analysis would return them: a leak, a quiet process, one with hostile names."""

from __future__ import annotations

from dataclasses import replace

from heapdiff.answers import (
    Advice,
    Allocated,
    Comparison,
    Comparisons,
    Confidence,
    Cut,
    Entry,
    EntryGrowth,
    EntryKind,
    Finding,
    Garbage,
    Held,
    Holder,
    HolderKind,
    Inventory,
    MemoryChange,
    NodeRole,
    Picture,
    PictureEdge,
    PictureNode,
    Putter,
    RootPath,
    Share,
    SharedLeak,
    SnapshotRef,
    Step,
    Suspect,
    Topic,
    Tree,
    TreeRow,
    TypeGrowth,
    Verdict,
    VerdictKind,
    Why,
)
from heapdiff.model import TypeCount

HOSTILE = (
    "evil\x1b[31m\x07[bold]x[/bold]\n<script>alert(1)</script>\u202egnp.exe\x9b|`*_\\N\\\"'&amp;{}\ud800\r"
)


def snapshot(
    number: int,
    objects: int = 120_000,
    size: int = 12_000_000,
    requests: int | None = 0,
    label: str | None = None,
) -> SnapshotRef:
    return SnapshotRef(
        path=f"/var/tmp/heapdiff/web1-4242-{number:04}-20261122T14{number:02}07Z.json",
        id=f"web1-4242-{number:04}-20261122T14{number:02}07Z",
        captured_at=f"2026-11-22T14:{number:02}:07.123456Z",
        pid=4242,
        objects=objects,
        bytes=size,
        rss_bytes=size * 3,
        requests=requests,
        label=label,
        host="web1",
        started_at="2026-11-22T13:00:00.000000Z",
    )


PUTTERS = (
    Putter(
        "session_for",
        "shop.cache",
        (Entry(EntryKind.FLASK_HOOK, "shop.views.open_session"), Entry(EntryKind.FLASK_VIEW, "shop.product")),
        every_request=True,
        entries=2,
    ),
    Putter(
        "Importer.run",
        "shop.tasks",
        (Entry(EntryKind.CELERY_TASK, "shop.tasks.refresh"), Entry(EntryKind.COMMAND, "shop.cli.load")),
        entries=2,
    ),
)


def suspect(
    rank: int = 1,
    path: str = "shop.cache.SESSIONS",
    held: str = "shop.models.Session",
    confidence: Confidence = Confidence.HIGH,
) -> Suspect:
    module, _, name = path.rpartition(".")
    return Suspect(
        rank=rank,
        holder=Holder(path, "dict", HolderKind.MODULE_GLOBAL, "0x7f3a5c0d1e40", 1000, 3000),
        holds=(Held(held, 2000, 112_000), Held("str", 4000, 240_000), Held("dict", 2000, 464_000)),
        objects_delta=8000,
        bytes_delta=816_000 // rank,
        bytes_per_request=408.0 / rank,
        chain=(
            Step("module", module, "module"),
            Step("global", name, "dict"),
            Step("item", "['…']", held),
        ),
        fingerprint="5f2c91ab03de",
        confidence=confidence,
        reason="It gained 2,000 entries in 1,000 requests, 2 per request, and kept them.",
        advice=(
            "Bound it by number or age (an LRU or TTL cache), or delete each entry once it's no longer needed.",
            "Take a third snapshot to rule out a cache that is still filling.",
        ),
        entries=EntryGrowth(2000, 408, held, ".user"),
        code=PUTTERS if rank == 1 else (),
    )


def sampled(found: Suspect, file: str = "shop/cache.py", function: str = "session_for") -> Suspect:
    """The suspect with samples that agree on who allocated it."""
    product, cart = Entry(EntryKind.FLASK_VIEW, "shop.product"), Entry(EntryKind.FLASK_VIEW, "shop.cart")
    return replace(
        found,
        allocated=(
            Allocated(file, 31, function, product, 17, 0.5667, 462_000, True),
            Allocated(file, 31, function, cart, 11, 0.3667, 299_000, True),
            Allocated("shop/models.py", 7, "Session.__init__", None, 2, 0.0667, 54_000),
        ),
        witness=f"Allocated at {file}:31 in {function}, view shop.product (61%) and view shop.cart (39%): 28 of 30 samples, "
        "about 761.0 kB.",
        bytes_per_call={"shop.product": 825.2, "shop.cart": 1590.0},
    )


def leak() -> Comparison:
    return Comparison(
        snapshots=(snapshot(1, label="before the deploy"), snapshot(11, 130_000, 12_900_000, 1000)),
        verdict=Verdict(
            VerdictKind.LEAK,
            "shop.cache.SESSIONS keeps 2,000 more entries (shop.models.Session), 408 bytes each: 816 kB, 816 bytes per "
            "request; 1 other holder is growing the same way.",
        ),
        memory=(
            MemoryChange("rss", 36_000_000, 38_700_000, 2_700_000),
            MemoryChange("python objects", 12_000_000, 12_900_000, 900_000),
            MemoryChange("allocator free", 2_000_000, 1_400_000, -600_000),
        ),
        suspects=(
            sampled(suspect()),
            suspect(
                2, "shop.pricing.PriceBook.quote.<lru_cache>", "shop.pricing.PriceBook", Confidence.MEDIUM
            ),
            suspect(3, "shop.app.before_request_funcs[None]", "function", Confidence.LOW),
        ),
        types=(
            TypeGrowth("dict", 9_000, 11_000, 2_000, 2_088_000, 2_552_000, 464_000, 464.0),
            TypeGrowth("str", 40_000, 44_000, 4_000, 2_400_000, 2_640_000, 240_000, 240.0),
            TypeGrowth("shop.models.Session", 1_000, 3_000, 2_000, 56_000, 168_000, 112_000, 112.0),
        ),
        garbage=Garbage(12, 1_344, (TypeCount("dict", 4, 896), TypeCount("shop.models.Cart", 8, 448))),
        notes=(
            "1.3 kB is unreachable and waiting for the collector: 12 objects (4 dict, 8 shop.models.Cart).",
            "The snapshots were sorted by the time they were taken.",
        ),
    )


def several(path: str = "shop.cache.SESSIONS", held: str = "shop.models.Session") -> Comparisons:
    """Two workers with the same leak, one without, one that was restarted."""
    other = tuple(replace(each, pid=4243) for each in leak().snapshots)
    return Comparisons(
        verdict=Verdict(
            VerdictKind.LEAK,
            f"The same leak in 2 of 3 workers: {path} keeps more {held}, 816 bytes per request in each. "
            "Of the 3, 2 leak and 1 is stable.",
        ),
        shared=(
            SharedLeak(
                suspect().fingerprint,
                path,
                (4242, 4243),
                816.0,
                800.0,
                832.0,
                1_632_000,
                held,
                Confidence.HIGH,
            ),
        ),
        processes=(leak(), replace(leak(), snapshots=other), stable()),
        notes=(f"PID 77 has only one snapshot, so it isn't compared: {path}.",),
    )


def stable() -> Comparison:
    return Comparison(
        snapshots=(snapshot(1), snapshot(2, requests=40)),
        verdict=Verdict(VerdictKind.STABLE, "Nothing grew between the two snapshots."),
        memory=(),
        suspects=(),
        types=(),
        garbage=Garbage(0, 0),
        notes=(),
    )


def hostile() -> Comparison:
    long = HOSTILE + "x" * 10_000
    return Comparison(
        snapshots=(snapshot(1, label=HOSTILE), snapshot(2)),
        verdict=Verdict(VerdictKind.LEAK, f"{HOSTILE} keeps more {HOSTILE}."),
        memory=(MemoryChange(HOSTILE, 1, 2, 1),),
        suspects=(sampled(suspect(1, long, HOSTILE), HOSTILE, HOSTILE), suspect(2, "a." + HOSTILE, long)),
        types=(
            TypeGrowth(long, 0, 1, 1, 0, 10**15, 10**15, 1.0),
            TypeGrowth("名前" * 60, 0, 1, 1, 0, 1, 1, 0.5),
        ),
        garbage=Garbage(0, 0),
        notes=(HOSTILE,),
    )


def why() -> Why:
    return Why(
        what="shop.models.Session",
        objects=3000,
        bytes=168_000,
        paths=(
            RootPath(
                "shop.cache.SESSIONS['…']",
                "0x7f3a5c0d2000",
                "shop.models.Session",
                suspect().chain,
                merged=2998,
                cut=Cut("shop.cache.SESSIONS", 48_200_000),
            ),
            RootPath(
                "<thread MainThread>.serve.<local session>",
                "0x7f3a5c0d3000",
                "shop.models.Session",
                (
                    Step("thread", "MainThread", "frame"),
                    *(Step("frame", f"level_{level}", "frame") for level in range(30)),
                    Step("local", "session", "shop.models.Session"),
                ),
                merged=2,
                cut=Cut("<thread MainThread>.serve.<local session>", 0),
            ),
        ),
        notes=("Weak references are not followed.",),
        code=PUTTERS[:1],
    )


def inventory() -> Inventory:
    rows = tuple(
        Share(f"shop.models.Type{number}", 1000 // number, 1_000_000 // number) for number in range(1, 31)
    )
    return Inventory(snapshot(1), "type", rows, ())


def picture(title: str = "Who keeps shop.models.Session", name: str = "SESSIONS") -> Picture:
    return Picture(
        title=title,
        subtitle="web1, PID 4242, 2026-11-22 14:11:07 against 14:01:07",
        nodes=(
            PictureNode("root", NodeRole.ROOT, "modules", ()),
            PictureNode("module", NodeRole.MODULE, "shop.cache", ("module",)),
            PictureNode("app", NodeRole.MODULE, "shop.app", ("module",)),
            PictureNode("global", NodeRole.GLOBAL, name, ("dict", "3,000 entries (+2,000)", "816 kB")),
            PictureNode("lru", NodeRole.CACHE, "PriceBook.quote.<lru_cache>", ("512 entries", "64 kB")),
            PictureNode("object", NodeRole.OBJECT, "shop.pricing.PriceBook", ("56 B",)),
            PictureNode("target", NodeRole.TARGET, "shop.models.Session", ("56 B", "0x7f3a5c0d2000")),
            PictureNode("fold", NodeRole.FOLD, "+1,999 more shop.models.Session", ("112 kB",)),
        ),
        edges=(
            PictureEdge("root", "module", "shop.cache", False),
            PictureEdge("root", "app", "shop.app", False),
            PictureEdge("module", "global", f".{name}", False),
            PictureEdge("app", "lru", ".quote", False),
            PictureEdge("lru", "object", "[…]", False),
            PictureEdge("object", "target", ".session", False),
            PictureEdge("global", "target", "['…']  +2,000", True),
            PictureEdge(
                "global", "fold", "['…']", True, "shop/cache.py:31 in session_for, view shop.product"
            ),
        ),
        notes=("12 more roots lead here through frames that were running.",),
    )


def hostile_picture() -> Picture:
    drawn = picture(HOSTILE, HOSTILE + "x" * 10_000)
    return replace(drawn, edges=tuple(replace(edge, site=HOSTILE * 3) for edge in drawn.edges))


def tree() -> Tree:
    """Names that are long, hostile, deep and many."""
    deep: tuple[TreeRow, ...] = ()
    for _ in range(40):
        deep = (TreeRow(".next", "shop.HEAD.next", "shop.Node", "0x7f3a5c0d4000", 1, 56, 5_600, deep),)
    sessions = TreeRow(
        "['…']", "shop.cache.SESSIONS['…']", "shop.models.Session", "", 3000, 168_000, 47_000_000, ()
    )
    keys = TreeRow(".<key>", "shop.cache.SESSIONS.<key>", "str", "", 3000, 1, 900_000, ())
    cache = "shop.cache.SESSIONS"
    return Tree(
        snapshot=snapshot(2),
        start="",
        objects=300_000,
        bytes=52_000_000,
        retained_bytes=52_000_000,
        rows=(
            TreeRow(cache, cache, "dict", "0x7f3a5c0d1e40", 1, 295_000, 48_200_000, (sessions, keys)),
            TreeRow("long." + "x" * 200, "", "pkg." + "Y" * 200, "0x1", 1, 10, 1_000_000, ()),
            TreeRow(HOSTILE, "", HOSTILE, "0x2", 1, 10, 999, ()),
            *deep,
        ),
        notes=("Something to know.",),
    )


def advice() -> Advice:
    """A headline with everything, one of a limit that has no bytes, a hint."""
    rows = Finding(
        rule="same-keys",
        topic=Topic.DATA_STRUCTURES,
        title="300,000 dicts with the same 4 keys in shop.catalog.ROWS",
        bytes=129_600_000,
        saves_bytes=110_400_000,
        share=0.31,
        holder="shop.catalog.ROWS",
        type="dict",
        count=300_000,
        example="shop.catalog.ROWS[0], keys id, name, price, stock",
        change="Make each row an instance of a dataclass with slots: it stores no keys.",
        confidence=Confidence.HIGH,
        headline=True,
        page="docs/advice/same-keys.md",
        code=("@dataclass(slots=True)", "class Row:", "    id: int; name: str; price: float; stock: int"),
        check="Take a snapshot with the change: shop.catalog.ROWS holds Row, not dict.",
        reason="all 300,000 have the same keys",
    )
    restart = replace(
        rows,
        rule="restart-forecast",
        topic=Topic.RESTARTS,
        title="The memory limit is reached in 5 to 7 hours",
        bytes=0,
        saves_bytes=None,
        share=0.0,
        holder=None,
        type=None,
        count=1,
        example="",
        change="Until the leak is fixed, restart each worker after 20,000 requests.",
        confidence=Confidence.MEDIUM,
        page="docs/advice/restart-forecast.md",
        code=("gunicorn --max-requests 20000 --max-requests-jitter 2000",),
        check="",
        reason="RSS grew by 12.3 kB per request in 6 snapshots",
    )
    hint = replace(
        rows,
        rule="list-in-frame",
        title="A list of 40,000 dicts is built in shop.export.rows",
        saves_bytes=None,
        confidence=Confidence.LOW,
        headline=False,
        page="docs/advice/list-in-frame.md",
    )
    return Advice(
        (snapshot(2),), (rows, restart, hint), ("What findings save may overlap: don't add it up.",)
    )
