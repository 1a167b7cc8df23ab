"""The error tree: each error carries one line for the user, one line that says what to do next, and an exit code."""


class HeapdiffError(Exception):
    """Root of everything heapdiff raises on purpose.

    `message` names the file or process; `hint` says what to do next; `exit_code` is the command line's.
    """

    exit_code = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class UsageError(HeapdiffError):
    """The request cannot be carried out as it was made."""

    exit_code = 2


class SnapshotError(HeapdiffError):
    """A file is not a snapshot, of an unsupported version, or cut off."""

    exit_code = 3


class LakeError(HeapdiffError):
    """A fleet's lake isn't there, is damaged, or its storage failed."""

    exit_code = 3


class ProcessError(HeapdiffError):
    """No such process, no agent in it, or no answer in time."""

    exit_code = 4


class NoAgentError(ProcessError):
    """The process runs, and could be asked if it had an agent."""


class NowhereError(NoAgentError):
    """The same, and in the directory where an agent would register it couldn't write."""


class CaptureError(ProcessError):
    """The agent answered, but could not write a snapshot; the message carries its reason."""


class BusyError(CaptureError):
    """A snapshot is being taken already; there is one at a time."""


class MissingToolError(HeapdiffError):
    """An optional program or package that this request needs is not installed."""

    exit_code = 5


class Ended(BaseException):
    """No error: a signal tells this command to end, and it takes back what it made for a while. `number`: which one."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


ENDINGS = (KeyboardInterrupt, Ended)  # what a user does to a command; whatever it was doing is given up


def reason_of(error: Exception) -> str:
    """What the system said, without the path that the message names already."""
    text = error.strerror if isinstance(error, OSError) else None
    return text or str(error) or type(error).__name__
