"""Commands that read snapshots: each parses, calls the analysis, renders."""
