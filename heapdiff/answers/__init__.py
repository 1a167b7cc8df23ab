"""What each question answers: frozen values that go to the renderers. No I/O, no rendering, no third-party import.

Each file is imported when one of its names is: to make all the classes takes as long as a command that asks a process.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from heapdiff.answers.advice import Advice, Finding, Topic
    from heapdiff.answers.comparison import (
        NO_ENTRIES,
        Allocated,
        Comparison,
        Comparisons,
        Entry,
        EntryGrowth,
        EntryKind,
        Garbage,
        Held,
        Holder,
        HolderKind,
        MemoryChange,
        NativeShare,
        Putter,
        SharedLeak,
        Step,
        Suspect,
        TypeGrowth,
        Verdict,
        VerdictKind,
        name_site,
    )
    from heapdiff.answers.fleet.gating import Gate, GateRow, GateSide, GateVerdict
    from heapdiff.answers.fleet.leaking import (
        FleetLeak,
        FleetLeakHistory,
        FleetLeaks,
        LeakInRelease,
        LeakInWorker,
        LeakOnDay,
        LeakState,
    )
    from heapdiff.answers.fleet.running import FleetRelease, FleetReleases, FleetWorker, FleetWorkers
    from heapdiff.answers.ingesting import Ingested, TableGain, Unreadable
    from heapdiff.answers.pages.browsing import (
        Born,
        Dominators,
        Found,
        ObjectPage,
        ObjectRow,
        PathStep,
        Severed,
        TypePage,
        TypeRow,
        Weighed,
        Whole,
    )
    from heapdiff.answers.pages.owner_map import GroupKind, OwnerGroup, OwnerMap, write_paths
    from heapdiff.answers.pages.report import Report
    from heapdiff.answers.processes import (
        ArmedProcess,
        ArmedProcesses,
        Check,
        CheckState,
        Checkup,
        SampledProcess,
        SampledProcesses,
        Sampling,
        Trimmed,
    )
    from heapdiff.answers.queries import (
        Cut,
        Inventory,
        Keeper,
        Newcomers,
        NodeRole,
        Picture,
        PictureEdge,
        PictureNode,
        RootPath,
        Share,
        Tree,
        TreeRow,
        Why,
    )
    from heapdiff.answers.reference import Confidence, SnapshotRef
    from heapdiff.answers.rows import RowColumn, Rows, Value
    from heapdiff.answers.storing import Stored, StoredSnapshot
    from heapdiff.answers.watching import InsertingFrame, InsertingStack, InsertionSite, Watched

__all__ = [
    "NO_ENTRIES",
    "Advice",
    "Allocated",
    "ArmedProcess",
    "ArmedProcesses",
    "Born",
    "Check",
    "CheckState",
    "Checkup",
    "Comparison",
    "Comparisons",
    "Confidence",
    "Cut",
    "Dominators",
    "Entry",
    "EntryGrowth",
    "EntryKind",
    "Finding",
    "FleetLeak",
    "FleetLeakHistory",
    "FleetLeaks",
    "FleetRelease",
    "FleetReleases",
    "FleetWorker",
    "FleetWorkers",
    "Found",
    "Garbage",
    "Gate",
    "GateRow",
    "GateSide",
    "GateVerdict",
    "GroupKind",
    "Held",
    "Holder",
    "HolderKind",
    "Ingested",
    "InsertingFrame",
    "InsertingStack",
    "InsertionSite",
    "Inventory",
    "Keeper",
    "LeakInRelease",
    "LeakInWorker",
    "LeakOnDay",
    "LeakState",
    "MemoryChange",
    "NativeShare",
    "Newcomers",
    "NodeRole",
    "ObjectPage",
    "ObjectRow",
    "OwnerGroup",
    "OwnerMap",
    "PathStep",
    "Picture",
    "PictureEdge",
    "PictureNode",
    "Putter",
    "Report",
    "RootPath",
    "RowColumn",
    "Rows",
    "SampledProcess",
    "SampledProcesses",
    "Sampling",
    "Severed",
    "Share",
    "SharedLeak",
    "SnapshotRef",
    "Step",
    "Stored",
    "StoredSnapshot",
    "Suspect",
    "TableGain",
    "Topic",
    "Tree",
    "TreeRow",
    "Trimmed",
    "TypeGrowth",
    "TypePage",
    "TypeRow",
    "Unreadable",
    "Value",
    "Verdict",
    "VerdictKind",
    "Watched",
    "Weighed",
    "Whole",
    "Why",
    "name_site",
    "write_paths",
]

_NAMES_IN: Final = {
    "advice": "Advice Finding Topic",
    "comparison": """
        NO_ENTRIES Allocated Comparison Comparisons Entry EntryGrowth EntryKind Garbage Held Holder
        HolderKind MemoryChange NativeShare Putter SharedLeak Step Suspect TypeGrowth Verdict
        VerdictKind name_site
    """,
    "fleet.gating": """
        Gate GateRow GateSide GateVerdict
    """,
    "fleet.leaking": """
        FleetLeak FleetLeakHistory FleetLeaks LeakInRelease LeakInWorker LeakOnDay LeakState
    """,
    "fleet.running": """
        FleetRelease FleetReleases FleetWorker FleetWorkers
    """,
    "ingesting": "Ingested TableGain Unreadable",
    "pages.browsing": """
        Born Dominators Found ObjectPage ObjectRow PathStep Severed TypePage TypeRow Weighed Whole
    """,
    "pages.owner_map": "GroupKind OwnerGroup OwnerMap write_paths",
    "pages.report": "Report",
    "processes": """
        ArmedProcess ArmedProcesses Check CheckState Checkup SampledProcess SampledProcesses Sampling
        Trimmed
    """,
    "queries": """
        Cut Inventory Keeper Newcomers NodeRole Picture PictureEdge PictureNode RootPath Share Tree
        TreeRow Why
    """,
    "reference": "Confidence SnapshotRef",
    "rows": "RowColumn Rows Value",
    "storing": "Stored StoredSnapshot",
    "watching": "InsertingFrame InsertingStack InsertionSite Watched",
}
_FILE_OF: Final = {name: file for file, names in _NAMES_IN.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _FILE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_FILE_OF[name]}"), name)
