"""The agent in the user's process: trigger, fork, capture, files. Never raises into the host.

Uses the standard library and our own C only.
"""
