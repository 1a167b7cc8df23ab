"""What runs where, as its operator calls it: vocabulary that every worker loads, without the rest of a snapshot's (`model`)."""

from typing import Final, NamedTuple

DEPLOYMENT_CHARACTERS: Final = 128  # the most that each text of a deployment has
COMMIT_SHOWN: Final = 12


class Deployment(NamedTuple):
    """What a process runs and where, as its operator calls it. Each is empty where nothing says so.

    `release`: the version or the commit of the application. `environment`: `production`. `pod`: Kubernetes' name for where it is.
    """

    release: str = ""
    service: str = ""
    environment: str = ""
    pod: str = ""


NOT_TOLD: Final = Deployment()


def shorten_release(release: str) -> str:
    """As a person reads it: of a git commit the first 12 digits."""
    is_commit = len(release) in (40, 64) and not release.strip("0123456789abcdef")
    return release[:COMMIT_SHOWN] if is_commit else release
