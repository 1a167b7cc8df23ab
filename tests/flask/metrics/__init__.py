"""Metrics, with the real packages and, where it matters, real workers."""
