"""How files become part of a lake: by one entry of its log, which is there or not.

A file that no entry names doesn't count. Whoever loses the race for an entry looks at what the winner added, and tries again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from heapdiff.errors import LakeError
from heapdiff.fleet.lake.log import EVERY, Logged, list_log, read_state, write_whole
from heapdiff.fleet.lake.manifest import Change, DataFile, State, write_change
from heapdiff.fleet.lake.schemas import arrow_schema
from heapdiff.fleet.lake.stores import Store, elapsed_s

MOST_TRIES: Final = 200
HOLD_S: Final = 600.0  # from a state to the entry that is based on it: nothing that old is cleaned away
BOUNDS: Final = {
    "snapshots": ("captured_at", "captured_at"),
    "comparisons": ("before_at", "after_at"),
    "suspects": ("before_at", "after_at"),
}
Prepare = Callable[[State], Change | None]


def commit(store: Store, prepare: Prepare) -> State:
    """Make a change part of the lake, and return the lake with it.

    `prepare` is given the lake as it is and returns what to add and to remove, whose files are written; None: nothing. It's
    called again for each time that somebody else's entry came first. Raises LakeError and OSError; the lake is unchanged then,
    unless object storage failed in the very moment of the entry, and has it all the same.
    """
    for _ in range(MOST_TRIES):
        began = elapsed_s()
        state = read_state(store) or State()
        change = prepare(state)
        if change is None:
            return state
        if elapsed_s() - began > HOLD_S:
            continue
        number = state.number + 1
        token = store.publish(number, state.token, write_change(change))
        if token is None:
            continue
        logged = list_log(store)
        if any(each.full and each.number >= number for each in logged):
            later = read_state(store)
            if later is not None and _holds(later, change):
                return later
            continue  # it came so late that the log had gone on without it
        if number % EVERY == 0:
            write_whole(store, state)
        return state.after(change, token, _when(logged, number, token))
    raise LakeError(f"{store.base}: others write to this lake without a pause", "Try again later.")


def _holds(state: State, change: Change) -> bool:
    """Whether a change is part of a state, whatever followed it."""
    there = all(each.name in state.files or each.name in state.removed for each in change.adds)
    return there and not any(name in state.files for name in change.removes)


def commit_files(store: Store, written: Mapping[str, Sequence[str]]) -> State:
    """Make Parquet files that somebody wrote below the lake's root part of it.

    `written`: by table, names relative to the root, as `schemas.folder_of(table, day, service)` and `stores.new_name()` make
    them: `f"{folder_of(…)}/{new_name()}.parquet"`. Each holds rows of one day, in the table's columns and types
    (`schemas.arrow_schema`). They are taken as they are: nobody looks whether the lake has them already. Raises LakeError.
    """
    files = tuple(describe(store, table, name) for table, names in written.items() for name in names)
    return commit(store, lambda _: Change(adds=files))


def describe(store: Store, table: str, name: str) -> DataFile:
    """What an entry says of a Parquet file, found in its columns. Raises LakeError for one that isn't the table's."""
    import pyarrow.compute as pc

    schema = arrow_schema(table)
    rows = store.read_columns(name, schema.names)
    if not rows.schema.equals(schema):
        raise LakeError(
            f"{store.path(name)}: has other columns or types than {table}",
            "Write it with schemas.arrow_schema.",
        )
    days = rows["day"].unique().to_pylist()
    if len(days) != 1 or not name.startswith(f"{table}/day={days[0]}/service="):
        raise LakeError(
            f"{store.path(name)}: isn't in the folder of its rows' day", "Name it by schemas.folder_of."
        )
    first, last = BOUNDS[table]
    size = store.size(name)
    return DataFile(
        table,
        name,
        days[0],
        rows.num_rows,
        size,
        _microseconds(pc.min(rows[first])),
        _microseconds(pc.max(rows[last])),
    )


def _microseconds(moment: object) -> int:
    import pyarrow as pa

    value: int = moment.cast(pa.int64()).as_py()  # type: ignore[attr-defined]
    return value


def _when(logged: Sequence[Logged], number: int, token: str) -> float:
    return next(
        (each.found.modified_s for each in logged if (each.number, each.token) == (number, token)), 0.0
    )
