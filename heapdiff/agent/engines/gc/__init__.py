"""The walk of the `gc` engine: the whole heap with the standard library only. Runs in a forked child."""
