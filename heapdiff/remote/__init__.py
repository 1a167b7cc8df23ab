"""Agents of other processes, from outside: found, asked, described, attached. Draws and prints nothing."""
