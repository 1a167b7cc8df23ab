"""Watches of one dict: which one, how it goes, and what was seen."""
