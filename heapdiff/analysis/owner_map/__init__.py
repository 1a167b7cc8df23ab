"""The owner map: the tree of cheapest routes, alike siblings together. Its size depends on the code, not on the heap."""
