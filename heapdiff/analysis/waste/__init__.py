"""What a process could do without: one file per rule of `advise`, in a room for each group of the nine tips."""
