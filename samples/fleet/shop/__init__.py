"""A shop whose release 1.1 leaks, and whose 1.2 doesn't any more."""
