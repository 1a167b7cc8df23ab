"""Arrays that one command computed, kept in files for the next to map. Knows no graph, nor where the files are.

What is read back is never believed for being there: see `reading`.
"""
