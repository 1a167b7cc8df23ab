"""The kernels in C, with the signatures of those in Python, which say what each does."""

from heapdiff.graph.fallback import *  # noqa: F403
