"""How containers keep what they hold: which of their references lead to it, what bounds them, how steps into them read.

Data. One entry is all that a new kind of container takes; `analysis.holders.shapes` says what the entries mean for a graph.
"""

from dataclasses import dataclass
from typing import Final

from heapdiff.answers import HolderKind


@dataclass(frozen=True, slots=True)
class Shape:
    """Objects of these types, and of classes made from them; without any type those that have the fields.

    Names are those of attributes, in the object or its `__dict__`. One without the fields is of another make and not of
    the shape, whatever its type is called.
    """

    types: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    sized: bool = False  # its own references are its entries, and it has a length without any
    content: str = ""  # the attribute that has the entries
    inside: str = ""  # or the type of what has them, where that is referred to without an attribute
    parts: str = (
        ""  # pattern of the attributes that are its own bookkeeping: what grows behind them is the container
    )
    bound: str = ""  # the attribute with the most entries it may have
    measure: str = (
        ""  # the attribute with which entries are weighed, so that the bound is none of their number
    )
    linked: str = ""  # the type of what it keeps entries in only when it has a bound
    pool: str = ""  # the type of its entries, of which none goes before its time: who else has them has no more of them
    weak_keys: bool = False  # an entry goes when what its key refers to does
    reads: str = ""  # how the step to its content reads
    kind: HolderKind | None = None  # and what that makes of it
    references: int = 1  # of them, a step into it may take so many


THREAD_LOCAL: Final = Shape(types=("_thread._local", "_thread._localdummy", "threading.local"), references=3)
CONTEXT_TABLE: Final = Shape(types=("hamt_bitmap_node", "hamt_array_node", "hamt_collision_node"))
FUTURE: Final = Shape(types=("_asyncio.Future",), references=2)
TASK: Final = Shape(types=("_asyncio.Task",), references=2)

SHAPES: Final = (
    Shape(types=("list", "tuple", "set", "frozenset", "collections.deque"), sized=True),
    Shape(
        types=("functools._lru_cache_wrapper",),
        inside="dict",
        linked="functools._lru_list_elem",
        reads="<lru_cache>",
        kind=HolderKind.LRU_CACHE,
    ),
    Shape(types=("weakref.WeakKeyDictionary",), fields=("data",), weak_keys=True),
    THREAD_LOCAL,
    CONTEXT_TABLE,
    FUTURE,
    TASK,
    # cachetools, by the private names that its classes share wherever they were copied to
    Shape(
        fields=("_Cache__data", "_Cache__maxsize"),
        content="_Cache__data",
        parts=r"_\w*Cache__\w+",
        bound="_Cache__maxsize",
        measure="getsizeof",
    ),
    Shape(
        types=("concurrent.futures.thread.ThreadPoolExecutor",),
        fields=("_threads", "_max_workers"),
        content="_threads",
        bound="_max_workers",
        pool="threading.Thread",
    ),
    Shape(
        types=("concurrent.futures.process.ProcessPoolExecutor",),
        fields=("_processes", "_max_workers"),
        content="_processes",
        bound="_max_workers",
        pool="multiprocessing.process.BaseProcess",
    ),
    Shape(
        types=("jinja2.utils.LRUCache",),
        fields=("_mapping", "capacity"),
        content="_mapping",
        parts=r"_(mapping|queue|popleft|pop|remove|append)",
        bound="capacity",
    ),
    Shape(
        types=("sqlalchemy.util._collections.LRUCache",),
        fields=("_data", "capacity"),
        content="_data",
        parts=r"_data",
        bound="capacity",
    ),
    Shape(
        types=("cachelib.simple.SimpleCache", "flask_caching.backends.simplecache.SimpleCache"),
        fields=("_cache", "_threshold"),
        content="_cache",
    ),  # its threshold may be set so high that it's none
    Shape(
        types=(
            "dogpile.cache.backends.memory.MemoryBackend",
            "dogpile.cache.backends.memory.MemoryPickleBackend",
        ),
        fields=("_cache",),
        content="_cache",
        parts=r"_cache",
    ),
    # Celery's caches of results, what came before anybody asked, and what its workers remember
    Shape(
        types=("kombu.utils.functional.LRUCache",),
        fields=("data", "limit"),
        content="data",
        parts=r"data",
        bound="limit",
    ),
    Shape(types=("celery.utils.collections.BufferMap",), fields=("maxsize", "total"), bound="maxsize"),
    Shape(
        types=("celery.utils.collections.LimitedSet",),
        fields=("_data", "_heap", "maxlen"),
        content="_data",
        parts=r"_data|_heap",
        bound="maxlen",
    ),
)
BY_TYPE: Final = {name: shape for shape in SHAPES for name in shape.types}
POOLED: Final = frozenset(shape.pool for shape in SHAPES if shape.pool)
BY_FIELDS: Final = tuple(shape for shape in SHAPES if not shape.types)

_REUSED: Final = """
_contextvars.Context async_generator_asend builtin_function_or_method complex dict float int list method range slice tuple
"""
REUSED: Final = frozenset(_REUSED.split())
"""Types of which some CPython keeps dead objects to hand them out again without asking an allocator."""
REUSED_TABLE: Final = 240
"""And so it does with the tables of dicts up to so many bytes."""
