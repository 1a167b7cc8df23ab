"""heapdiff for coding assistants: an MCP server over the snapshots of given directories, and a skill that teaches the method.

Nothing is analysed here: each question is put to the command line, in a process of its own that can be ended.
"""
