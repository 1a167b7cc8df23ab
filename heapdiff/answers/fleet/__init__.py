"""The answers to questions about the fleet: its leaks, one of them, its workers, its releases, and whether one is worse."""
