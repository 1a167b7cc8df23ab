"""A DuckDB in memory that reaches no file and no network, and takes one statement that only reads."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from heapdiff.errors import HeapdiffError, MissingToolError, UsageError
from heapdiff.escaping import escape_terminal
from heapdiff.export.sql.bounds import Bounds

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MISSING: Final = "{} needs the package duckdb, version {} or later ({})"
LEAST_VERSION: Final = 2
INSTALL: Final = "pip install 'heapdiff[sql]'"
ONE: Final = "expected one statement that begins with SELECT, WITH, FROM or DESCRIBE"
NOWHERE: Final = "/nonexistent"  # an empty one would be in the user's home, whose path is nobody's business
WASTEFUL: Final = (
    "partial_aggregate_pushdown"  # it groups all objects by node, of which each has one, before a join
)
MOST_MESSAGE: Final = 300
SYSTEM_ERROR: Final = re.compile(
    r'"errno": ?"([0-9]{1,3})"', re.ASCII
)  # in the text of an error of reading or writing
SUGGESTIONS: Final = "Candidate bindings:"  # below the first line of an error: the columns that there are


def require_package(what: str) -> None:
    """Raise MissingToolError where something can't be done without DuckDB."""
    try:
        import duckdb
    except ImportError as error:
        raise MissingToolError(MISSING.format(what, LEAST_VERSION, error), INSTALL) from error
    if int(duckdb.__version__.partition(".")[0]) < LEAST_VERSION:
        raise MissingToolError(MISSING.format(what, LEAST_VERSION, f"this is {duckdb.__version__}"), INSTALL)


def require_statement(statement: str) -> None:
    """Before any work: raise MissingToolError without DuckDB, and UsageError for what isn't one statement that only reads."""
    require_package("asking with SQL")
    import duckdb

    with explaining(""):
        found = duckdb.extract_statements(statement)
    if len(found) != 1:
        raise UsageError(f"{len(found):,} statements: {ONE}", "Put one statement in quotes.")
    if found[0].type != duckdb.StatementType.SELECT:
        kind = escape_terminal(str(found[0].type).rpartition(".")[2])
        raise UsageError(f"{kind} can't be asked: {ONE}", "Snapshots are only read.")


def connect(bounds: Bounds) -> DuckDBPyConnection:
    """An empty one."""
    import duckdb

    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": f"{bounds.memory_bytes}B",
            "threads": bounds.threads,
            "temp_directory": "",
            "home_directory": "",
            "secret_directory": NOWHERE,
            "extension_directory": NOWHERE,
            "python_enable_replacements": False,  # a table's name is never a variable of ours
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "allow_persistent_secrets": False,
        },
    )
    if connection.execute("FROM duckdb_optimizers() WHERE name = $1", [WASTEFUL]).fetchall():
        connection.execute(f"SET disabled_optimizers = '{WASTEFUL}'")
    return connection


def lock(connection: DuckDBPyConnection, written: Path | None = None) -> None:
    """From here on it reaches only the one file that the answer is written to, and none of this can be changed back."""
    if written is not None:
        connection.execute("SET allowed_paths = [$1]", [str(written)])
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


@contextmanager
def explaining(hint: str) -> Iterator[None]:
    """What DuckDB says is wrong, in one line, with its own suggestion or `hint` below."""
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise _too_large() from error
    except duckdb.InterruptException:
        raise
    except duckdb.IOException as error:
        raise _blame_disk(str(error)) or _translate(str(error), hint) from error
    except duckdb.Error as error:
        raise _translate(str(error), hint) from error
    except MemoryError as error:
        raise _too_large() from error
    except RuntimeError as error:
        if str(error) == "Query interrupted":  # DuckDB's word for Ctrl-C
            raise KeyboardInterrupt from error
        if "bad_alloc" in str(error):
            raise _too_large() from error
        raise


def _too_large() -> HeapdiffError:
    return UsageError(
        "the answer, or what it takes to find it, is too large for the memory that is left",
        "Ask for fewer columns or rows, or let the statement add them up.",
    )


def _blame_disk(said: str) -> OSError | None:
    """The system's own error, which whoever knows the file's name tells by that."""
    found = SYSTEM_ERROR.search(said)
    return OSError(int(found[1]), os.strerror(int(found[1]))) if found else None


def _translate(said: str, hint: str) -> HeapdiffError:
    first, _, rest = said.partition("\n")
    if "bad_alloc" in first or "could not allocate" in first.lower():
        return _too_large()
    suggested = next((line.strip() for line in rest.splitlines() if line.startswith(SUGGESTIONS)), "")
    return UsageError(f"SQL: {_short(first)}", _short(suggested) or hint)


def _short(text: str) -> str:
    shown = escape_terminal(text)
    return shown if len(shown) <= MOST_MESSAGE else f"{shown[: MOST_MESSAGE - 1]}…"
