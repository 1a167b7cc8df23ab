"""Other projects' test suites with the agent in every process and a snapshot always under way: `python -m tests.suites`."""
