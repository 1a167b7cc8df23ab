"""Data in memory: large objects and sets, buffers pinned by small views, requests that are kept."""

from heapdiff.analysis.waste.held.large_objects import find_large_objects
from heapdiff.analysis.waste.held.large_sets import find_large_sets
from heapdiff.analysis.waste.held.outliving_requests import find_outliving_requests
from heapdiff.analysis.waste.held.pinned_buffers import find_pinned_buffers

HEAP_RULES = (find_large_objects, find_large_sets, find_pinned_buffers, find_outliving_requests)
