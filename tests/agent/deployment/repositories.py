"""Repositories that git itself made."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

__all__ = ["commit", "git", "make_repository"]

SETTINGS = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
AUTHOR = ("-c", "user.name=Anna", "-c", "user.email=anna@example.org", "-c", "commit.gpgsign=false")


def git(directory: Path, *words: str) -> str:
    """What git prints."""
    variables = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    done = subprocess.run(
        ["git", *AUTHOR, *words],
        cwd=directory,
        env=variables | SETTINGS,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def commit(directory: Path, message: str = "More") -> str:
    git(directory, "commit", "--allow-empty", "-qm", message)
    return git(directory, "rev-parse", "HEAD")


def make_repository(directory: Path, *options: str) -> str:
    """Its one commit, on the branch `team/main`."""
    directory.mkdir(exist_ok=True)
    git(directory, "init", "-q", "--initial-branch=team/main", *options)
    return commit(directory)
