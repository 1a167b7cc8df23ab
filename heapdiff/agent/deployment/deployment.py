"""Which release of what runs here: what the operator says comes first, then what can be seen. Never raises."""

import functools
import os
import re

from heapdiff.agent.deployment.applications import absolute, find_application
from heapdiff.agent.deployment.commits import find_commit
from heapdiff.agent.deployment.variables import read_variables
from heapdiff.agent.settings.parsers import clean_deployment
from heapdiff.agent.settings.settings import Settings
from heapdiff.agent.system.installed import IN_SITE, find_installed, find_version
from heapdiff.deployment import Deployment


def find_deployment(settings: Settings, named: str, host: str) -> Deployment:
    """Settings, else OpenTelemetry's and Kubernetes' variables; a release that neither tells is looked for.

    `named`: the module that a Flask app says it is of, empty before there is one.
    """
    told = read_variables(os.environ, host)
    if settings.release is not None:
        release = settings.release
    else:
        release = told.release or find_release(named if isinstance(named, str) else "")
    return Deployment(
        release,
        told.service if settings.service is None else settings.service,
        told.environment if settings.environment is None else settings.environment,
        told.pod,
    )


@functools.lru_cache(maxsize=8)
def find_release(named: str) -> str:
    """The version of the application if it's installed, else the git commit that it is run from.

    Looked for once: a process goes on with the code that it has loaded, whatever is checked out meanwhile, and so do those that
    are forked from it.
    """
    try:
        place = find_application(named)
        if re.search(IN_SITE, place):
            return clean_deployment(find_version(place, find_installed()))
        directory = os.path.dirname(place) or absolute("")
        return find_commit(directory) if directory else ""
    except Exception:  # the host comes first, whatever its modules and files are
        return ""
