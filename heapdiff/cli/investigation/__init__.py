"""The command that takes snapshots of running processes over a while and answers with their comparison."""
