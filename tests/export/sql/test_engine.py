"""What a statement of unknown origin can't do."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from heapdiff.errors import UsageError

pytest.importorskip("duckdb")

import duckdb

from heapdiff.export.sql import open_query, require_statement
from heapdiff.export.sql.engine import explaining
from tests.export.sql.asking import BOUNDS, ask
from tests.heaps import heap

WRITES = (
    "CREATE TABLE x AS SELECT 1", "INSERT INTO objects VALUES (1)", "DELETE FROM objects", "DROP VIEW objects",
    "ATTACH '/tmp/x.db'", "COPY (SELECT 1) TO '/tmp/x.csv'", "COPY objects FROM '/etc/passwd'", "EXPORT DATABASE '/tmp/x'",
    "INSTALL httpfs", "LOAD httpfs", "SET threads = 9", "RESET lock_configuration", "PRAGMA database_list",
    "CALL pragma_version()",
    "EXPLAIN ANALYZE SELECT 1", "CHECKPOINT", "USE a", "PREPARE x AS SELECT 1", "BEGIN", "CREATE SECRET x (TYPE s3)",
)  # fmt: skip
READS_FILES = (
    "SELECT * FROM read_csv('{}')", "FROM read_text('{}')", "FROM read_blob('{}')", "FROM read_parquet('{}')",
    "FROM read_json('{}')",
    "FROM '{}'", "FROM glob('{}')", "FROM sniff_csv('{}')", "FROM parquet_metadata('{}')", "FROM parquet_schema('{}')",
    "FROM query('FROM read_text(''{}'')')", "SELECT (SELECT content FROM read_text('{}'))", "DESCRIBE FROM read_csv('{}')",
    "FROM read_text('https://localhost/x')", "FROM read_csv('/dev/stdin')", "FROM read_text('{}/../secret.txt')",
)  # fmt: skip


@pytest.mark.parametrize("statement", WRITES)
def test_what_does_more_than_read_is_refused(statement: str) -> None:
    with pytest.raises(UsageError, match=r"can't be asked|0 statements"):
        ask(statement)


@pytest.mark.parametrize(
    "statement", ["", ";", "-- nothing", "SELECT 1; SELECT 2", "SELECT 1; DROP VIEW objects"]
)
def test_anything_but_one_statement_is_refused(statement: str) -> None:
    with pytest.raises(UsageError, match="statements: expected one"):
        require_statement(statement)


@pytest.mark.parametrize("template", READS_FILES)
def test_no_statement_reads_a_file(template: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("a,b\n1,hunter2\n")
    with pytest.raises(UsageError) as caught:
        ask(template.format(secret))
    assert "hunter2" not in str(caught.value)


def test_the_one_file_that_may_be_written_opens_no_other(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("hunter2")
    allowed, other = tmp_path / "it's.parquet", tmp_path / "secret.txt"
    with open_query([heap("shop.A: list")], f"FROM read_text('{other}')", BOUNDS, allowed) as asked:
        with pytest.raises(UsageError, match="Permission"):
            asked.rows(None)
        with pytest.raises(UsageError, match="Permission"):
            asked.write_parquet(other, None)
    assert other.read_text() == "hunter2"


def test_variables_of_python_are_no_tables() -> None:
    frames = {"x": [1]}
    with pytest.raises(UsageError, match="does not exist"):
        ask("FROM frames")
    assert frames


@pytest.mark.parametrize(
    "setting", ["secret_directory", "home_directory", "temp_directory", "extension_directories"]
)
def test_settings_tell_no_path_of_this_machine(setting: str) -> None:
    home = str(Path.home())
    assert home not in str(ask(f"SELECT value FROM duckdb_settings() WHERE name = '{setting}'"))


def test_an_error_is_one_escaped_line_with_what_there_is() -> None:
    with pytest.raises(UsageError) as caught:
        ask('SELECT "\x1b[31m" FROM objects')
    assert caught.value.message.startswith("SQL: Binder Error")
    assert "\x1b" not in str(caught.value)
    assert "\n" not in caught.value.message
    assert "Candidate bindings" in caught.value.hint


def test_a_table_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(UsageError) as caught:
        ask("FROM objekts")
    assert caught.value.hint.startswith("There are objects, refs, types")


def test_not_even_an_error_says_where_the_user_is_at_home() -> None:
    with pytest.raises(UsageError) as told:
        ask("FROM duckdb_extensions()")
    assert str(Path.home()) not in told.value.message


def test_a_full_disk_is_the_system_s_error_and_not_one_of_sql() -> None:
    with pytest.raises(OSError, match="No space left") as caught, explaining("There are objects, refs, …"):
        duckdb.sql("SELECT 1").write_parquet("/dev/full")
    assert caught.value.errno == errno.ENOSPC
