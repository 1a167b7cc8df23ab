"""What rows over workers and time amount to: pure functions over counts. No engine, no clock."""
