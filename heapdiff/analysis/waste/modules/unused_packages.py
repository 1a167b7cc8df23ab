"""Packages that the application imports at the top of a module, and that no function uses that ever ran."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from heapdiff.analysis.naming.amounts import count, format_bytes
from heapdiff.analysis.waste.ground.rule import Rule, least_headline
from heapdiff.analysis.waste.ground.wording import code_word, shell_word
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.analysis.waste.modules.importers import Imports
from heapdiff.analysis.waste.modules.usage import (
    Usage,
    find_packages,
    is_warm,
    list_words,
    name_with_others,
    weigh_together,
)
from heapdiff.answers import Confidence, Finding, Topic

RULE: Final = Rule("unused-packages", Topic.LAZY_LOADING)
MOST_MEASURED: Final = 5  # each takes a walk through the heap
MORE: Final = "Shared libraries and the interpreter's table of names come on top."
UNDECIDED: Final = (
    "This interpreter doesn't show which functions have run (CPython 3.12 doesn't, nor does the gc engine): see for "
    "yourself whether {users}."
)


def find_unused_packages(heap: Heap) -> Iterator[Finding]:
    """A package that no function uses that has run, with what was imported for it alone. Importing it later saves more."""
    packages = heap.once(find_packages)
    imports, below = packages.imports, packages.below
    least = least_headline(heap.bytes)
    weights = {each: sum(below[name] for name in each.modules) for each in packages.usages if not each.ran}
    heaviest = sorted(weights, key=lambda each: (-weights[each], each.unit))[:MOST_MEASURED]
    for each in heaviest:
        if (
            weights[each] >= least / 2
        ):  # each object is counted where the shortest way to it leads, perhaps elsewhere
            yield _tell(heap, imports, each, weigh_together(heap, imports, each.modules))


def _tell(heap: Heap, imports: Imports, found: Usage, bytes_: int) -> Finding:
    first, more = found.importers[0], len(found.importers) - 1
    chain = first + (f" and {count(more, 'other module')}" if more else "")
    if found.ran is None:
        used = f"named by {count(len(found.users), 'function')}"
    else:
        used = "used by no function that has run" if found.users else "named by no function"
    module, user = found.bindings[0].imported, found.users[0] if found.users else ""
    name = user.rpartition(".")[2]
    return RULE.found(
        heap,
        f"{name_with_others(imports, found)}, {format_bytes(bytes_)}: imported by {chain}, {used}",
        bytes=bytes_,
        saves=None,
        holder=found.unit,
        type="module",
        count=len(found.modules),
        example=f"{user} names it" if user else "",
        change=f"Import {found.unit} inside the function that needs it, or remove the import if nothing does. Only workers "
        "that come to use it then pay for it.",
        code=(
            f"# in {first}, not at the top:",
            f"def {code_word(name, 'build_report')}(...):",
            f"    import {code_word(module, '...')}",
        ),
        check=f"Restart a worker, take a snapshot, and look for {found.unit} in heapdiff show --by distribution; "
        f"heapdiff imports -- {shell_word(module)} measures what importing it costs.",
        confidence=Confidence.HIGH if found.users and found.ran is not None else Confidence.LOW,
        reason=_why(found),
        headline=None if found.users and found.ran is not None and is_warm(heap) else False,
    )


def _why(found: Usage) -> str:
    users = len(found.users)
    if found.ran is None:
        return UNDECIDED.format(users=f"{list_words(found.users)} ran" if users else "anything uses it")
    seen = "The application has no instance of its classes and derives from none."
    if not users:
        told = "No function names it, but a module's own code may have used it when it was imported."
    elif users == 1:
        told = "The only function that names it hasn't run since its module was imported: in this worker, so far."
    else:
        told = f"None of the {users:,} functions that name it has run since it was imported: in this worker, so far."
    return f"{seen} {told} {MORE}"
