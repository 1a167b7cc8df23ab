"""What is told of running processes and of this machine, as text."""
