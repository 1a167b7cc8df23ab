"""From how many copies on equal objects are worth mentioning."""

from typing import Final

COPIES_LEAST: Final = 100  # of one content below one variable; or
COPIED_BYTES_LEAST: Final = 64_000  # so many bytes beyond the first
SAVED_BYTES_LEAST: Final = 64_000  # of all contents in one place
