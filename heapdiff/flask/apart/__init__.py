"""Work that a worker must not do itself, in a process beside it: first to be ended, last to run, with a time limit."""
