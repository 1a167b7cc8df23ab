"""Objects of libraries that are made to be filled by whoever has them: what is in one is the application's own."""

import re
from typing import Final

_NAMESPACES: Final = (  # whose attributes their owner names
    r"types\.SimpleNamespace|argparse\.Namespace|threading\.local|_thread\._local(dummy)?|unittest\.mock\.\w+"
    r"|flask\.ctx\._AppCtxGlobals|werkzeug\.local\.Local|starlette\.datastructures\.State|click\.core\.Context"
)
_CONTAINERS: Final = (  # whose entries their owner puts there
    r"(collections|queue|_queue|weakref|asyncio\.queues|multiprocessing\.queues|gevent\.queue|_?io)\.\w+"
    r"|(cachetools|sortedcontainers|multidict|bidict|diskcache|expiringdict)\.[\w.]+|werkzeug\.datastructures\.[\w.]+"
)
_FIELDS: Final = (
    r"flask\.(app\.Flask|sansio\.app\.App)\.(config|extensions)|celery\.app\.base\.Celery\._?conf"
)
FILLED: Final = re.compile(rf"({_NAMESPACES}|{_CONTAINERS})\.[^.]+|{_FIELDS}")


def is_filled(owner: str, attribute: str) -> bool:
    """Whether what the attribute of an object of this type has comes from whoever has the object."""
    return FILLED.fullmatch(f"{owner}.{attribute}") is not None
