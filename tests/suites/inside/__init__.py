"""The folder on PYTHONPATH of every process of a suite, with the agent and without it."""
