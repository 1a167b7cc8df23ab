"""`flask heapdiff …`: the command line's commands for the app at hand, which says where its snapshots and workers are."""
