"""Snapshots for other tools: what they read, in their own terms. Analyses nothing itself."""
