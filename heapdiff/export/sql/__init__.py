"""SQL over snapshots: views of a graph's arrays in a DuckDB that reaches nothing else. Needs the package `duckdb`."""

from heapdiff.export.sql.answering import Query, open_query
from heapdiff.export.sql.bounds import Bounds
from heapdiff.export.sql.engine import require_package, require_statement
from heapdiff.export.sql.tables import known_tables

__all__ = ["Bounds", "Query", "known_tables", "open_query", "require_package", "require_statement"]
