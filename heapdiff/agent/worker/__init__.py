"""The agent at work in one process: installed, armed, joined to the server."""
