"""Commands that measure something in a process of their own."""
