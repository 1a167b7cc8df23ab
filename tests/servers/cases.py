"""The servers as data: what each needs, how it is started, and how its workers come to be replaced."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

__all__ = ["CASES", "Case", "Revival", "gunicorn"]

PYTHON: Final = "{python}"
RECYCLE_AFTER: Final = 3000


class Revival(Enum):
    """How a new worker takes the place of an old one."""

    KILLED = "killed"
    RECYCLED = "`max_requests`"
    RELOADED = "a file changed"
    NONE = "—"


@dataclass(frozen=True, slots=True)
class Case:
    """One server in one setup.

    `command` may name `{python}`, `{bin}` (the folder of Python's programs), `{port}` and `{folder}`, a
    private copy of `app/` in which it runs. `needs`: modules; `programs`: those that are no Python. `single`:
    the process that is started serves itself. `first`: from when on the signal works. `files`: more for the folder. `quick`: the
    ways of starting it that the plain suite tries.
    """

    name: str
    command: tuple[str, ...]
    needs: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    revival: Revival = Revival.KILLED
    single: bool = False
    quick: tuple[str, ...] = ()
    first: str = "the worker's start"
    files: tuple[tuple[str, str], ...] = ()
    not_as_root: bool = False

    @property
    def missing(self) -> list[str]:
        """What is not installed here."""
        modules = [name for name in self.needs if importlib.util.find_spec(name) is None]
        return modules + [name for name in self.programs if which(name) is None]


def which(program: str) -> str | None:
    return shutil.which(program, path=":".join((str(scripts()), "/usr/sbin", "/usr/bin", "/usr/local/bin")))


def scripts() -> Path:
    """The folder of Python's own programs, also outside an activated environment."""
    import sysconfig

    return Path(sysconfig.get_path("scripts"))


def gunicorn(*options: str, app: str = "shop:app") -> tuple[str, ...]:
    return (PYTHON, "-m", "gunicorn", "--bind", "127.0.0.1:{port}", "--no-control-socket", *options, app)


QUICK: Final = {("sync", ""): ("run",)}


def gunicorn_cases() -> Iterator[Case]:
    for worker, options, needs in (
        ("sync", (), ()),
        ("gthread", ("--threads", "4"), ()),
        ("gevent", ("--worker-class", "gevent"), ("gevent",)),
    ):
        for setup, more, revival in (
            ("", (), Revival.KILLED),
            (" --preload", ("--preload",), Revival.KILLED),
            (" --max-requests", ("--max-requests", str(RECYCLE_AFTER)), Revival.RECYCLED),
        ):
            yield Case(
                f"gunicorn {worker}{setup}",
                gunicorn(*options, *more),
                ("gunicorn", *needs),
                revival=revival,
                quick=QUICK.get((worker, setup), ()),
            )


def uwsgi(*options: str) -> tuple[str, ...]:
    fixed = (
        "--http-socket",
        "127.0.0.1:{port}",
        "--module",
        "shop:app",
        "--die-on-term",
        "--disable-logging",
    )
    return ("{bin}/uwsgi", *fixed, "--need-app", *options)


def uwsgi_case(name: str, *options: str, single: bool = False) -> Case:
    revival = Revival.NONE if single else Revival.KILLED
    return Case(
        f"uWSGI {name}", uwsgi(*options), programs=("uwsgi",), revival=revival, single=single,
        first="a worker's first request",
    )  # fmt: skip


START_SH: Final = """\
export GUNICORN_CMD_ARGS="--bind 127.0.0.1:{port} --no-control-socket --threads 2"
exec {python} -m gunicorn shop:app
"""
APACHE: Final = """\
ServerRoot {folder}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {folder}/httpd.pid
ErrorLog /dev/stderr
Mutex file:{folder}
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
"""
MOD_WSGI: Final = (
    APACHE
    + """\
LoadModule wsgi_module {mod_wsgi}
WSGISocketPrefix {folder}/wsgi
WSGIRestrictEmbedded On
WSGIDaemonProcess shop threads=4 python-home={prefix} python-path={folder}
WSGIProcessGroup shop
WSGIApplicationGroup %{{GLOBAL}}
WSGIPassAuthorization On
WSGIScriptAlias / {folder}/script.py
<Directory {folder}>
Require all granted
</Directory>
"""
)
PASSENGER: Final = (
    APACHE
    + """\
LoadModule dir_module /usr/lib/apache2/modules/mod_dir.so
LoadModule passenger_module /usr/lib/apache2/modules/mod_passenger.so
PassengerRoot /usr/lib/ruby/vendor_ruby/phusion_passenger/locations.ini
PassengerInstanceRegistryDir {folder}
PassengerDisableAnonymousTelemetry on
PassengerUserSwitching off
PassengerPython {python}
PassengerMaxPoolSize 1
DocumentRoot {folder}/public
<Directory {folder}/public>
PassengerEnabled on
PassengerAppRoot {folder}
PassengerAppType wsgi
PassengerStartupFile script.py
Require all granted
</Directory>
"""
    + f"PassengerMaxRequests {RECYCLE_AFTER}\n"
)
CASES: Final[tuple[Case, ...]] = (
    *gunicorn_cases(),
    Case(
        "gunicorn + uvicorn worker",
        gunicorn("--worker-class", "uvicorn_worker.UvicornWorker", app="asgi:app"),
        ("gunicorn", "uvicorn_worker", "a2wsgi"),
    ),
    Case(
        "gunicorn from a script, GUNICORN_CMD_ARGS",
        ("sh", "start.sh"),
        ("gunicorn",),
        files=(("start.sh", START_SH),),
    ),
    uwsgi_case("--master", "--master"),
    uwsgi_case("--master --lazy-apps", "--master", "--lazy-apps"),
    uwsgi_case("--master --threads", "--master", "--threads", "4"),
    uwsgi_case("--master --lazy-apps --threads", "--master", "--lazy-apps", "--threads", "4"),
    uwsgi_case("alone", single=True),
    uwsgi_case("alone --threads", "--threads", "4", single=True),
    Case(
        "mod_wsgi daemon",
        ("{apache2}", "-f", "{folder}/httpd.conf", "-DFOREGROUND"),
        ("mod_wsgi",),
        ("apache2",),
        files=(("httpd.conf", MOD_WSGI),),
        not_as_root=True,
        first="the load of the app",
    ),
    Case(
        "Passenger",
        ("{apache2}", "-f", "{folder}/httpd.conf", "-DFOREGROUND"),
        programs=("apache2", "passenger"),
        files=(("httpd.conf", PASSENGER), ("public/nothing", "")),
        revival=Revival.RECYCLED,
        not_as_root=True,
        first="the load of the app",
    ),
    Case(
        "waitress",
        (PYTHON, "-m", "waitress", "--listen", "127.0.0.1:{port}", "shop:app"),
        ("waitress",),
        revival=Revival.NONE,
        single=True,
    ),
    Case(
        "Werkzeug: flask run",
        (PYTHON, "-m", "flask", "--app", "shop", "run", "--port", "{port}", "--no-reload"),
        ("flask",),
        revival=Revival.NONE,
        single=True,
    ),
    Case(
        "Werkzeug: flask run --reload",
        (PYTHON, "-m", "flask", "--app", "shop", "run", "--port", "{port}", "--reload"),
        ("flask",),
        revival=Revival.RELOADED,
    ),
    Case(
        "gevent.pywsgi",
        (PYTHON, "by_gevent.py", "{port}"),
        ("gevent",),
        revival=Revival.NONE,
        single=True,
    ),
    Case(
        "uvicorn",
        (PYTHON, "-m", "uvicorn", "--port", "{port}", "--workers", "2", "asgi:app"),
        ("uvicorn", "a2wsgi"),
    ),
    Case(
        "hypercorn",
        (PYTHON, "-m", "hypercorn", "--bind", "127.0.0.1:{port}", "shop:app"),
        ("hypercorn",),
        revival=Revival.NONE,
    ),
    Case(
        "granian",
        (
            *(PYTHON, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", "{port}"),
            *("--respawn-failed-workers", "shop:app"),
        ),
        ("granian",),
    ),
)
