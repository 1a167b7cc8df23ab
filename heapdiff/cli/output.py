"""Where results go: standard output, or a file that appears whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from heapdiff.cli.streams import behind, beside, print_document
from heapdiff.errors import UsageError
from heapdiff.escaping import escape_terminal

if TYPE_CHECKING:
    from rich.console import Console

MOST_LINKS: Final = 40  # as many as the kernel follows
OPEN_FILES: Final = "/proc/self/fd"


def print_text(text: str, path: Path | None = None) -> None:
    """Print a finished document, or write it to a file."""
    if path is None:
        print_document(text)
    else:
        write_file(path, text.encode("utf-8"))


def print_table(render: Callable[[Console], None], path: Path | None = None) -> None:
    """Print with a console that fits standard output, or write plain text of 80 columns to a file."""
    from heapdiff.render.terminal.console import make_console, render_text

    if path is None:
        render(make_console(behind(sys.stdout)))
    else:
        write_file(path, render_text(render).encode("utf-8"))


def print_answer(form: str, schema: str, answer: object, render: Callable[[Console], None]) -> None:
    """Print an answer as JSON, or as the text that `render` makes of it."""
    from heapdiff.render.json import render_json

    if form == "json":
        print_text(render_json(schema, answer))
    else:
        print_table(render)


def shown_rows(limit: int | None, default: int) -> int | None:
    """How many rows a table shows: the user's number, or the default; None for all of them."""
    return (default if limit is None else limit) or None


def refuse_to_overwrite(output: Path | None, snapshots: Iterable[Path], option: str = "-o") -> None:
    """Raise UsageError where the output is one of the snapshots' own files."""
    from heapdiff.snapshot.packing import plain_name

    plain = [plain_name(path) for path in snapshots]
    parts = (path.with_suffix(suffix) for path in plain for suffix in (path.suffix, ".json", ".heap"))
    own = set(map(os.path.realpath, (*snapshots, *parts)))
    if output is not None and os.path.realpath(output) in own:
        raise UsageError(f"{output}: is a snapshot itself", f"Name another file with {option}.")


def require_output(name: str, option: str = "-o") -> None:
    """Raise UsageError where nothing can be written under that name: before the work, not after it."""
    path, hint = Path(name), f"Name a file with {option}."
    if not name:
        raise UsageError(f"{option}: the name is empty", hint)
    if path.is_dir() or name.endswith("/"):
        raise UsageError(f"{path}: is a directory", hint)
    if path.is_block_device():
        raise UsageError(f"{path}: is a disk", hint)
    if not path.parent.is_dir():
        raise UsageError(f"{path}: there is no directory {path.parent}", f"mkdir -p {path.parent}")


def require_new_directory(name: str) -> None:
    """The same for a directory: one that isn't there yet, or is empty."""
    path = Path(name)
    if not name:
        raise UsageError("-o: the name is empty", "Name a directory with -o.")
    if path.is_dir() and any(path.iterdir()):
        raise UsageError(f"{path}: is not empty", "Name a new directory with -o.")
    if not path.is_dir() and os.path.lexists(path):
        raise UsageError(f"{path}: is not a directory", "Name a new directory with -o.")
    if not path.parent.is_dir():
        raise UsageError(f"{path}: there is no directory {path.parent}", f"mkdir -p {path.parent}")


def write_file(path: Path, content: bytes) -> None:
    """Replace a file in one step. A device or pipe is written to as it is."""
    with _naming(path):
        if path.exists() and not path.is_file():
            path.write_bytes(content)  # the kernel follows, also where a link has no path: /dev/stdout
        else:
            with _replacing(_follow(path)) as new:
                new.write_bytes(content)


@contextmanager
def writing_file(path: Path) -> Iterator[Path]:
    """Where to write what takes a file's place once it's whole. Raises UsageError for what is no file."""
    if path.exists() and not path.is_file():
        raise UsageError(f"{path}: is not a regular file", "Name a file with -o.")
    with _naming(path), _replacing(_follow(path)) as new:
        yield new


@contextmanager
def writing_directory(path: Path) -> Iterator[Path]:
    """The same for a directory of files: it has mode 0700, they have 0600. An empty one may be there already."""
    with _naming(path):
        target = _follow(path)
        name = tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name[:40]}.")
        descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            new = _held(descriptor, name)
            yield new
            for file in new.iterdir():
                file.chmod(0o600)
            _require_same(descriptor, name)
            os.rename(name, target)
        except BaseException:
            shutil.rmtree(name, ignore_errors=True)
            raise
        finally:
            os.close(descriptor)


def _follow(path: Path) -> Path:
    """What stands at the end of the links that a path names. Raises UsageError where the kernel wouldn't follow one, either.

    Where everybody may write, another user's link would have us replace a file of ours in his stead: a rename in the place
    that a link leads to isn't kept from that by the kernel (`fs.protected_symlinks`), as opening would be.
    """
    for _ in range(MOST_LINKS):
        if not path.is_symlink():
            return path
        folder, owner = os.stat(path.parent), os.lstat(path).st_uid
        if folder.st_mode & stat.S_IWOTH and owner not in (os.geteuid(), folder.st_uid):
            raise UsageError(
                f"{path}: is a link of user {owner} in a directory where everybody may write",
                "Name another file.",
            )
        path = path.parent / os.readlink(path)
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """What a snapshot says is as private as the snapshot, whatever the umask: mode 0600.

    It's written to by its descriptor: who may rename what is in the directory could have a link take its name's place.
    """
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:40]}.")
    try:
        yield _held(descriptor, name)
        os.fchmod(descriptor, 0o600)
        _require_same(descriptor, name)
        os.replace(name, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(name)
        raise
    finally:
        os.close(descriptor)


def _held(descriptor: int, name: str) -> Path:
    """What is open, whatever its name leads to by now; where the system has no such paths, its name."""
    held = Path(OPEN_FILES, str(descriptor))
    return held if held.exists() else Path(name)


def _require_same(descriptor: int, name: str) -> None:
    if not os.path.samestat(os.lstat(name), os.fstat(descriptor)):
        raise OSError(errno.ESTALE, "somebody else put something in its place")


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """An error while writing is told by the name that the user gave."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise


@contextmanager
def busy(what: str) -> Iterator[Callable[[int, int], None]]:
    """A spinner on stderr while something takes its time; nothing where stderr is no terminal.

    What it yields can be told how much is done, of how much.
    """
    if not sys.stderr.isatty():
        yield lambda _done, _whole: None
        return
    from heapdiff.render.terminal.console import make_bars

    bars = make_bars(behind(sys.stderr))
    bar = bars.add_task(escape_terminal(what), total=None)
    with beside(bars):
        yield lambda done, whole: bars.update(
            bar, description=escape_terminal(f"{what}: {100 * done // max(whole, 1)} %")
        )
