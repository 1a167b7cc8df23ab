"""`python -m tests.servers`: every server, and the table of what came of it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pytest

from tests.servers.table import PAGE, Results, render_table, replace_table

HERE = Path(__file__).parent


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.servers", description=__doc__)
    parser.add_argument("--only", metavar="WORDS", default="", help="servers whose name has these words")
    parser.add_argument("--write-docs", action="store_true", help=f"put the table into {PAGE.name}")
    asked = parser.parse_args()
    results = Results()
    words = " and ".join(asked.only.split())
    chosen = ["-k", words] if words else []
    marks = ["-m", "every_server or slow or not every_server"]
    code = pytest.main(
        [str(HERE), "-n", "0", "-p", "no:randomly", "--tb=short", *marks, *chosen], plugins=[results]
    )
    print()
    print(render_table(results.outcomes))
    if asked.write_docs:
        replace_table(PAGE, results.outcomes)
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
