"""Answers about the fleet as sheets, a head with tables, and a sheet as text, Markdown or a page."""
