"""Data structures that are larger than what's in them needs: one file per rule."""

from heapdiff.analysis.waste.structures.boxed_numbers import find_boxed_numbers
from heapdiff.analysis.waste.structures.emptied_containers import find_emptied_containers
from heapdiff.analysis.waste.structures.empty_containers import find_empty_containers
from heapdiff.analysis.waste.structures.instance_dicts import find_instance_dicts
from heapdiff.analysis.waste.structures.list_in_frame import find_lists_in_frames
from heapdiff.analysis.waste.structures.missing_slots import find_missing_slots
from heapdiff.analysis.waste.structures.oversized_containers import find_oversized_containers
from heapdiff.analysis.waste.structures.same_keys import find_same_keys
from heapdiff.analysis.waste.structures.single_containers import find_single_containers

HEAP_RULES = (
    find_missing_slots,
    find_instance_dicts,
    find_same_keys,
    find_boxed_numbers,
    find_empty_containers,
    find_single_containers,
    find_emptied_containers,
    find_oversized_containers,
    find_lists_in_frames,
)
