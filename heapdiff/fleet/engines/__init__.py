"""Where questions are answered: DuckDB in this process, or a Spark that there is. Knows no question."""
