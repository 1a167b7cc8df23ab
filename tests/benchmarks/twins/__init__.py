"""Two processes, one with a waste and its fixed twin: what `advise` says a change saves, against what it really saved."""
