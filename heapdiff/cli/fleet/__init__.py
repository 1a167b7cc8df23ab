"""`heapdiff fleet`: the lake of many workers' summaries and comparisons, and what can be asked of it."""
