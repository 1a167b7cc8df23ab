"""Real servers: each is started, put under load, asked for snapshots, and has a worker restarted.

`python -m tests.servers` runs all of them; the plain suite only those that the extra `dev` brings.
"""
