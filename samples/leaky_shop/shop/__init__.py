"""A small Flask shop with three leaks that happen in real shops, beside caches that are healthy."""
