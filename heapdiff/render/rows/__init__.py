"""Rows of SQL, whose columns nobody knows beforehand, as a table or as CSV."""
