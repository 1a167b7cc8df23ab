"""Findings as text for a terminal or a pipe. One file per finding; they share `console`, `table`, `chain`."""
