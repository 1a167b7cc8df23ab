"""In the test's own process: calls, counts, captures. The standard library only; loaded once a test asks for it."""
