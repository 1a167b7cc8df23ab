"""The table of types that changed between two snapshots. Knows counts and bytes, not who holds what."""

from collections.abc import Iterable

from heapdiff.analysis.reach.ownership import Ownership, is_ours
from heapdiff.answers import TypeGrowth
from heapdiff.model import TypeCount

USER_WEIGHT = 2.0


def compute_type_growth(
    before: Iterable[TypeCount], after: Iterable[TypeCount], ownership: Ownership
) -> tuple[TypeGrowth, ...]:
    """Types whose count or bytes changed, most suspicious first. heapdiff's own types are left out.

    The score is the type's share of all growth in bytes plus its share in objects, in percent, and twice that
    for the user's own types: a thousand `Session` say more than the ten thousand `str` in them.
    """
    old = {entry.type: entry for entry in before}
    new = {entry.type: entry for entry in after}
    rows = []
    for name in sorted(old.keys() | new.keys()):
        then, now = old.get(name, TypeCount(name, 0, 0)), new.get(name, TypeCount(name, 0, 0))
        if (then.count, then.bytes) != (now.count, now.bytes) and not is_ours(name):
            rows.append((name, then, now))
    grown_bytes = sum(max(0, now.bytes - then.bytes) for _, then, now in rows) or 1
    grown_count = sum(max(0, now.count - then.count) for _, then, now in rows) or 1
    table = [
        TypeGrowth(
            name,
            then.count,
            now.count,
            now.count - then.count,
            then.bytes,
            now.bytes,
            now.bytes - then.bytes,
            _score(
                _weight(name, ownership),
                (now.bytes - then.bytes) / grown_bytes,
                (now.count - then.count) / grown_count,
            ),
        )
        for name, then, now in rows
    ]
    return tuple(sorted(table, key=lambda row: (-row.score, -row.bytes_delta, row.type)))


def list_types(
    before: Iterable[TypeCount], after: Iterable[TypeCount], ownership: Ownership
) -> tuple[TypeGrowth, ...]:
    """All types: those that changed as `compute_type_growth` has them, then the others, largest first."""
    now = list(after)
    changed = compute_type_growth(before, now, ownership)
    known = {row.type for row in changed}
    same = [
        TypeGrowth(each.type, each.count, each.count, 0, each.bytes, each.bytes, 0, 0.0)
        for each in now
        if each.type not in known and not is_ours(each.type)
    ]
    return (*changed, *sorted(same, key=lambda row: (-row.bytes_after, row.type)))


def _weight(name: str, ownership: Ownership) -> float:
    return USER_WEIGHT if ownership.is_user_type(name) else 1.0


def _score(weight: float, share_of_bytes: float, share_of_count: float) -> float:
    return round(weight * 100 * (max(0.0, share_of_bytes) + max(0.0, share_of_count)) / 2, 3)
