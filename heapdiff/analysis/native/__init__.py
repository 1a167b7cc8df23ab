"""Memory of the process beyond its Python objects: how it grew, and which objects it goes with."""
