"""Apps made after public reports of leaks that Python objects are; the first line names the report."""
