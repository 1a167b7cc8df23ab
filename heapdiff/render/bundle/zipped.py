"""Files as one zip: the same bytes for the same files, whoever makes it and when."""

from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

FIRST_YEAR, LAST_YEAR = 1980, 2107  # that a zip can say
EPOCH: Final = (FIRST_YEAR, 1, 1, 0, 0, 0)
UNIX: Final = 3
PRIVATE: Final = 0o100600


def zip_members(files: Mapping[str, bytes], moment: str) -> bytes:
    """The zip, its files by name, all of them as of `moment`, a snapshot's time (UTC), and readable for their user only."""
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED, compresslevel=9) as packed:
        for name in sorted(files):
            member = ZipInfo(name, date_of(moment))
            member.create_system, member.external_attr = UNIX, PRIVATE << 16
            member.compress_type = ZIP_DEFLATED
            packed.writestr(member, files[name])
    return stream.getvalue()


def date_of(moment: str) -> tuple[int, int, int, int, int, int]:
    """As a zip says it; its first moment for what is no time, or none that it can say."""
    try:
        found = datetime.fromisoformat(moment)
    except ValueError:
        return EPOCH
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        return EPOCH
    return found.year, found.month, found.day, found.hour, found.minute, found.second
