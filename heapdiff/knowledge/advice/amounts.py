"""From which amounts on a finding is worth a headline, or worth showing at all."""

from typing import Final

HEADLINE_BYTES: Final = 1_000_000
HEADLINE_SHARE: Final = 0.01  # of the heap's bytes
LEAST_BYTES: Final = 50_000  # what a change must save to be shown even with --all
LARGE_BYTES: Final = 10_000_000  # of what may well be needed: a single object, a variable
