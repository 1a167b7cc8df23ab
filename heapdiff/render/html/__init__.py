"""Answers as a page: one file that asks nothing of any other place, with scripts and styles that are built from `assets`."""
