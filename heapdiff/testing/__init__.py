"""The pytest plugin: does what a test calls grow with every call? The test's process runs and captures, another one looks."""

from subprocess import Popen as real_popen  # loaded with pytest: a test may put something in its place

__all__ = ["real_popen"]
