"""The documentation: what of it comes from the code, what of it is typed by a reader, and how it becomes a site."""
