"""Apps made after public reports of native memory that leaks; the first line names the report."""
