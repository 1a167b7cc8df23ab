"""Commands that have a running process do something: sample its allocations, watch a dict, give free memory back."""
