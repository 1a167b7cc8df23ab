"""What the agent reads of Linux and of the interpreter's own threads. Writes no file."""
