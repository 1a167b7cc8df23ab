"""A shop in three releases, the second of which leaks: what several workers leave behind, for `heapdiff fleet`."""
