"""Every file name of the agent in one place: snapshots, records of processes, what is removed."""
