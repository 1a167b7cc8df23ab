"""A small shop, in which several modules import one class that holds everything."""
