"""Makes half a minute look like a working day, in the summaries that workers left: the questions need ages of hours."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

MOMENT = re.compile(r'"(captured_at|started_at)": "([^"]+)"')


def stretch(summaries: Iterable[Path], factor: int, until: datetime) -> None:
    """Move each moment so many times as far before `until`. Order and proportions stay; the graphs have no moments."""

    def moved(match: re.Match[str]) -> str:
        moment = datetime.fromisoformat(match[2])
        earlier = until - factor * (until - moment)
        return f'"{match[1]}": "{earlier.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"'

    for path in summaries:
        path.write_text(MOMENT.sub(moved, path.read_text("utf-8")), "utf-8")
