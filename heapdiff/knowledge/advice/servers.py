"""How servers are told to restart their workers, to load the application once, and which of them start workers anew.

gunicorn's were tried, on gunicorn 27; the others are as their documentation has them.
"""

from collections.abc import Mapping
from typing import Final

RESTARTING: Final[Mapping[str, tuple[str, ...]]] = {
    "gunicorn": (
        "# gunicorn.conf.py",
        "max_requests = {requests}",
        "max_requests_jitter = {jitter}",
    ),
    "uwsgi": ("; uwsgi.ini", "max-requests = {requests}", "reload-on-rss = {megabytes}"),
    "hypercorn": ("hypercorn --max-requests {requests} \\", "    --max-requests-jitter {jitter} shop:app",),
    "uvicorn": ("uvicorn --limit-max-requests {requests} shop:app",),
    "passenger": ("PassengerMaxRequests {requests}",),
    "mod_wsgi": ("WSGIDaemonProcess shop maximum-requests={requests}",),
}  # fmt: skip
RESTARTING_BY_SIZE: Final[Mapping[str, tuple[str, ...]]] = {
    "uwsgi": ("; uwsgi.ini", "reload-on-rss = {megabytes}"),
}
PRELOADING: Final[Mapping[str, tuple[str, ...]]] = {
    "gunicorn": (
        "# gunicorn.conf.py",
        "preload_app = True",
        "def when_ready(server):  # in the master, which collects, too",
        "    import gc; gc.freeze()",
    ),
    "uwsgi": (
        "# in the application; and no lazy-apps in uwsgi.ini",
        "import gc, uwsgidecorators",
        "uwsgidecorators.postfork(gc.freeze)",
    ),
}
STARTING_ANEW: Final = frozenset({"uvicorn", "hypercorn", "granian"})  # workers that aren't forked
