"""Sixty functions, half of which leak, under the pytest plugins that look for leaks: what each misses, and where it errs."""
