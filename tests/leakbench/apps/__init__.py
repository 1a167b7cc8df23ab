"""One module for each app of LeakBench."""
