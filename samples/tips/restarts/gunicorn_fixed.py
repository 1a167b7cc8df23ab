"""gunicorn -c samples/tips/restarts/gunicorn_fixed.py 'samples.tips.restarts.fixed:create_app()'"""

import gc
from typing import Any

workers = 4
preload_app = True  # the catalogue is loaded once, before the workers are forked
max_requests = 10_000  # a stopgap: drop it when nothing leaks any more
max_requests_jitter = 1_000


def when_ready(server: Any) -> None:  # noqa: ARG001
    """The collector leaves what's loaded alone: it would write to it, and each process would get a copy."""
    gc.freeze()
