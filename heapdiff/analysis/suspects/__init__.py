"""One line per leak: what belongs together, in which order, under which name."""
