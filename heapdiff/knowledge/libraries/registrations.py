"""Where frameworks keep the functions by which they enter an application. Data; no search."""

from dataclasses import dataclass
from typing import Final

from heapdiff.answers import EntryKind


@dataclass(frozen=True, slots=True)
class Registration:
    """An attribute of objects of a type, or of their class, that has such functions, however deep in dicts and lists.

    `every_request`: what stands there under `None`, or without a key, runs in each request.
    """

    type: str
    attribute: str
    kind: EntryKind
    every_request: bool = False


_FLASK: Final = "flask.app.Flask"
_OF_REQUESTS: Final = (
    "before_request_funcs", "after_request_funcs", "teardown_request_funcs", "teardown_appcontext_funcs",
    "url_value_preprocessors",
)  # fmt: skip
_OF_SOME: Final = ("template_context_processors", "url_default_functions", "error_handler_spec")

REGISTRATIONS: Final = (
    Registration(_FLASK, "view_functions", EntryKind.FLASK_VIEW),
    *(
        Registration(_FLASK, attribute, EntryKind.FLASK_HOOK, every_request=True)
        for attribute in _OF_REQUESTS
    ),
    *(Registration(_FLASK, attribute, EntryKind.FLASK_HOOK) for attribute in _OF_SOME),
    Registration("blinker.base.Signal", "receivers", EntryKind.FLASK_HOOK),
    Registration("celery.app.task.Task", "run", EntryKind.CELERY_TASK),
    Registration("apscheduler.job.Job", "func", EntryKind.JOB),
    Registration("schedule.Job", "job_func", EntryKind.JOB),
    Registration("click.core.Command", "callback", EntryKind.COMMAND),
    Registration("threading.Timer", "function", EntryKind.THREAD),
    Registration("threading.Thread", "_target", EntryKind.THREAD),
    Registration("threading.Thread", "run", EntryKind.THREAD),
    Registration("gevent._gevent_cgreenlet.Greenlet", "_run", EntryKind.OTHER),
    Registration("gevent._greenlet.Greenlet", "_run", EntryKind.OTHER),
)
