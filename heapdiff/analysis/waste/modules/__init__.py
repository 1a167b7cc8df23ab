"""Globals and modules: variables that keep much, defaults that collect, packages that nothing uses and what they weigh."""

from heapdiff.analysis.waste.modules.import_weight import find_import_weight
from heapdiff.analysis.waste.modules.large_globals import find_large_globals
from heapdiff.analysis.waste.modules.mutable_defaults import find_mutable_defaults
from heapdiff.analysis.waste.modules.unused_packages import find_unused_packages

HEAP_RULES = (find_large_globals, find_mutable_defaults, find_unused_packages, find_import_weight)
