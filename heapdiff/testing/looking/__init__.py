"""In a process beside the test: reads its snapshots and says what grew. Nothing here runs in the test itself."""
