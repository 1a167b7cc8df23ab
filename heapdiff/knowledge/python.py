"""Holders of Python itself: its containers and caches, and what lives as long as a function, class or thread does."""

from typing import Final

from heapdiff.answers import HolderKind
from heapdiff.knowledge.pattern import Pattern

BOUNDED: Final = (
    Pattern(
        "When it is full, the cache drops its least recently used entry.",
        "Lower its maxsize to as many entries as the worker's memory can hold.",
        harmless="Nothing to do if the worker's memory can hold as many entries as its maxsize.",
        kind=HolderKind.LRU_CACHE,
        bounded=True,
        instead=True,
    ),
    Pattern(
        "When it is full, the deque drops an entry for each new one.",
        "Lower its maxlen to as many entries as the worker's memory can hold.",
        harmless="Nothing to do if the worker's memory can hold as many entries as its maxlen.",
        holder_type="collections.deque",
        bounded=True,
        instead=True,
    ),
)

NATIVE: Final = (
    Pattern(
        "Only C code knows this list of strings; most likely it's what was written to an io.StringIO.",
        "Look for a long-lived io.StringIO, such as a log or captured output: read it, then truncate it.",
        kind=HolderKind.NATIVE,
        holder_type="list",
        entry=r"str",
        instead=True,
    ),
    Pattern(
        "Nothing that Python can see keeps it: an extension module or C code holds a reference.",
        "Look for a missing release (Py_DECREF) in the extension; `heapdiff why` shows the objects.",
        kind=HolderKind.NATIVE,
        instead=True,
    ),
)

STREAMS: Final = (
    Pattern(
        "It is what was written to an io.StringIO, which keeps all of it.",
        "Read it, then empty it: `seek(0)` and `truncate()`; or write to a file or a log.",
        path=r"\.<written>$",
        through=r"^_io\.StringIO$",
        instead=True,
    ),
)

# Before what is said of libraries: with a frame an entry keeps whatever its function worked with.
FRAMES: Final = (
    Pattern(
        "A traceback keeps every frame it passed through, with all its variables.",
        "Store the text of an exception (`traceback.format_exc()`), not the exception; or call `traceback.clear_frames`.",
        drags=r"traceback",
        instead=True,
    ),
    Pattern(
        "Frames are kept, with all their variables.",
        "Don't store frames, tracebacks or generators that are never finished.",
        drags=r"frame",
        instead=True,
    ),
)

ENTRIES: Final = (
    Pattern(
        "A cache of cachetools drops entries only at its maxsize; a TTLCache drops expired ones only when it is used.",
        "Lower its maxsize to as many entries as the worker's memory can hold, or call `expire()` regularly.",
        harmless="Nothing to do if the worker's memory can hold as many entries as its maxsize.",
        through=r"^cachetools\.",
    ),
    Pattern(
        "A queue that is filled faster than it is emptied, or that nobody empties.",
        "Give the queue a maxsize and check that its consumer runs.",
        path=r"\.queue$|[qQ]ueue",
        holder_type="collections.deque",
        library=False,
    ),
    Pattern(
        "Classes are created at run time; each costs kilobytes, and its base keeps track of it.",
        "Create the class (or namedtuple) once, at import.",
        path=r"(?<!__dict__)$",
        drags=r"type",
    ),
    Pattern(
        "Files stay open until they are closed.",
        "Open each file in a `with` block.",
        drags=r"_io\.(FileIO|TextIOWrapper|Buffered\w+)|tempfile\._Temporary\w+",
    ),
    Pattern(
        "Functions are registered again and again.",
        "Register each callback once, at start-up, or unregister it when you're done.",
        holder_type="list",
        entry=r"function|method|builtin_function_or_method|functools\.partial",
        library=False,
    ),
)

KINDS: Final = (
    Pattern(
        "The cache keeps every argument and result it has seen.",
        "Give lru_cache a maxsize. On a method, `self` is part of the key: cache on the instance "
        "(functools.cached_property) or key on an identifier.",
        kind=HolderKind.LRU_CACHE,
        bounded=False,
        library=False,
    ),
    Pattern(
        "A default value is created once, when the function is defined, and shared by all calls.",
        "Use None as the default and create the container inside the function.",
        kind=HolderKind.FUNCTION_DEFAULT,
        library=False,
    ),
    Pattern(
        "A variable of an enclosing function lives as long as the inner function does.",
        "Clear it when you're done with it, or keep it on an object with a known lifetime.",
        kind=HolderKind.CLOSURE,
        library=False,
    ),
    Pattern(
        "A class attribute is shared by all instances and lives as long as the process.",
        "Keep per-request data on the instance; bound or clear a registry on the class, or hold its entries weakly.",
        kind=HolderKind.CLASS_ATTRIBUTE,
        library=False,
    ),
    Pattern(
        "A thread's own data lives until the thread ends.",
        "Let threads end, or clear the data at the end of each task or request.",
        kind=HolderKind.THREAD_LOCAL,
        library=False,
    ),
    Pattern(
        "A suspended generator or coroutine keeps its variables until it is finished or closed.",
        "Exhaust, close or await it; find the code that forgets to.",
        kind=HolderKind.GENERATOR,
    ),
    Pattern(
        "A running function keeps its variables for as long as it runs.",
        "In a loop that never returns, bound it or empty it regularly.",
        kind=HolderKind.FRAME_LOCAL,
        library=False,
    ),
    Pattern(
        "Callbacks of weak references stay until their object dies.",
        "Register the callback once, not per request.",
        kind=HolderKind.WEAK_CALLBACK,
    ),
)

# For containers of the application that no pattern knows: what whoever wrote them can do.
CONTAINER_ADVICE: Final = {
    "dict": "Bound it by number or age (an LRU or TTL cache), or delete each entry once it's no longer needed.",
    "list": "Empty it once it has been used, or bound it (collections.deque with a maxlen).",
    "set": "Discard members you no longer need, or hold them weakly (weakref.WeakSet).",
    "collections.deque": "Give it a maxlen, or check that its consumer keeps up.",
    "collections.OrderedDict": "Drop the oldest entry (`popitem(last=False)`) when it is full.",
    "collections.defaultdict": "Looking up a missing key adds it: use `.get`, and delete entries you no longer need.",
    "collections.Counter": "Bound it: drop rare keys from time to time, or count fewer distinct keys.",
    "bytearray": "Write it out and clear it.",
}

# For a variable that gets a longer value again and again; not for what is made from such a type.
LONGER_VALUE_ADVICE: Final = {
    "tuple": "Each addition copies all that is there: use a list or a collections.deque, and bound it.",
    "frozenset": "Each addition copies all that is there: use a set, and discard members you no longer need.",
    "str": "Each addition copies all that is there: write it to a file or a log, or keep only the end.",
    "bytes": "Each addition copies all that is there: write it to a file, or keep only the end.",
}

# For an object that keeps others of its own type, each one the next: no container, whatever its type.
CHAIN_ADVICE: Final = {
    "function": "Each wraps the one before: decorate or replace a function once, at import.",
    "": "Each keeps the one before: cut that reference, or keep as many as you need in a collections.deque with a maxlen.",
}

# For what belongs to a library that no pattern knows: what a user of the library can do. The first that matches.
LIBRARY_ADVICE: Final = (
    Pattern(
        "It belongs to {library}.",
        "Find where your code registers a callback with {library} on each request, and do it once, at start-up.",
        entry=r"function|method|builtin_function_or_method|functools\.partial",
        library=True,
    ),
    Pattern(
        "It belongs to {library}, which keeps a result for each set of arguments.",
        "Find which arguments your code passes to {library} are new on each request; `cache_clear()` empties the cache.",
        kind=HolderKind.LRU_CACHE,
        library=True,
    ),
    Pattern(
        "It belongs to {library}.",
        "Find where your code calls {library} on each request; look for a setting that limits it or a call that closes it.",
        library=True,
    ),
)
