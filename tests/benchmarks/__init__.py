"""Measurements, as ratios in one run: `python -m tests.benchmarks.capture`. None asserts a time."""
