"""Holders of Python itself: its containers and caches, logging, tables of the standard library."""

from __future__ import annotations

from typing import Final

from heapdiff.answers import HolderKind
from heapdiff.knowledge.pattern import Pattern

CONTAINERS: Final = (
    Pattern(
        "The cache keeps every argument and result that it has seen.",
        "Give lru_cache a maxsize; on a method, its `self` is an argument too: cache on the instance instead "
        "(functools.cached_property) or key by what identifies it.",
        kind=HolderKind.LRU_CACHE,
        bounded=False,
    ),
    Pattern(
        "When it is full, the cache drops what was used longest ago.",
        "Nothing to do, if the worker's memory can hold as many entries as its maxsize.",
        kind=HolderKind.LRU_CACHE,
        bounded=True,
    ),
    Pattern(
        "When it is full, the deque drops an entry for each new one.",
        "Nothing to do, if the worker's memory can hold as many entries as its maxlen.",
        holder_type="collections.deque",
        bounded=True,
        instead=True,
    ),
    Pattern(
        "A default value is made once, when the function is defined, and shared by all calls.",
        "Use None as the default and make the container inside the function.",
        kind=HolderKind.FUNCTION_DEFAULT,
    ),
    Pattern(
        "A variable of an enclosing function lives as long as the inner function does.",
        "Clear it when the work is done, or keep it on an object with a known lifetime.",
        kind=HolderKind.CLOSURE,
    ),
    Pattern(
        "A class attribute is shared by all instances and lives as long as the process.",
        "Keep per-request things on the instance; bound or clear a registry on the class, or hold it weakly.",
        kind=HolderKind.CLASS_ATTRIBUTE,
    ),
    Pattern(
        "A thread's own data lives until the thread ends.",
        "Let threads end, or clear the data at the end of each task or request.",
        kind=HolderKind.THREAD_LOCAL,
    ),
    Pattern(
        "A suspended generator or coroutine keeps its variables until it is finished or closed.",
        "Close it, exhaust it, or await it; look for who forgot to.",
        kind=HolderKind.GENERATOR,
    ),
    Pattern(
        "A running function's variable keeps it for as long as the function runs.",
        "Bound it, or hand its content on, in a loop that never returns.",
        kind=HolderKind.FRAME_LOCAL,
    ),
    Pattern(
        "Only code in C knows this list of strings; most likely it is what was written to an io.StringIO.",
        "Look for an io.StringIO that lives on, as a log or a capture of output: read it, then truncate it.",
        kind=HolderKind.NATIVE,
        holder_type="list",
        held="str",
        instead=True,
    ),
    Pattern(
        "Nothing that Python can see keeps it: an extension module or C code holds a reference.",
        "Look for a missing release (Py_DECREF) in the extension; `heapdiff why` shows the objects.",
        kind=HolderKind.NATIVE,
    ),
    Pattern(
        "Callbacks of weak references stay until their object dies.",
        "Register the callback once, not per request.",
        kind=HolderKind.WEAK_CALLBACK,
    ),
    Pattern(
        "A traceback keeps every frame it passed, with all their variables.",
        "Store the formatted text of an exception, not the exception; or clear it with "
        "`traceback.clear_frames`.",
        held="traceback",
    ),
    Pattern(
        "Frames are kept, with all their variables.",
        "Do not store frames, tracebacks or generators that nobody finishes.",
        held="frame",
    ),
    Pattern(
        "A queue that is filled faster than it is emptied, or that nobody empties.",
        "Give the queue a maxsize and check that its consumer runs.",
        path=r"\.queue$|[qQ]ueue",
        holder_type="collections.deque",
    ),
    Pattern(
        "Classes are made at run time; each costs about a kilobyte and is kept by its base's registry.",
        "Make the class (or namedtuple) once, at import.",
        held="type",
    ),
    Pattern(
        "Tasks are kept that never finish or are never awaited.",
        "Await or cancel tasks; discard them from the set in a done callback.",
        held="_asyncio.Task",
    ),
)

LOGGING: Final = (
    Pattern(
        "Handlers are added to a logger again and again.",
        "Add handlers once, at start; `logging.getLogger` returns the same logger every time.",
        path=r"handlers$|logging\._handler",
        through=r"^logging\.",
    ),
    Pattern(
        "A logger is kept for ever under its name.",
        "Do not put ids of requests or users into the names of loggers.",
        path=r"loggerDict",
    ),
)

HANDMADE: Final = (
    Pattern(
        "Functions are registered again and again.",
        "Register each once, at import or start; or remove it when its work is done.",
        holder_type="list",
        held="function",
    ),
)

TABLES: Final = (
    Pattern(
        "The standard library's cache of compiled patterns; it is emptied when full.",
        "Nothing to do.",
        path=r"^re\._cache2?\b|^re\._compile|^fnmatch\.|^_strptime\.",
        most=32768,
    ),
    Pattern(
        "Source lines read for tracebacks, one entry per file.",
        "Nothing to do, unless code is compiled under ever new file names.",
        path=r"^linecache\.(cache|_)",
        table=True,
    ),
    Pattern(
        "An abstract class notes which classes are its subclasses, weakly, once for each class.",
        "Nothing to do, unless classes are made per request.",
        path=r"\._abc_impl\b",
        table=True,
    ),
    Pattern(
        "A table that the interpreter or the import system fills as modules and classes come.",
        "Nothing to do.",
        path=r"^(sys|importlib|abc|_abc|typing|copyreg|encodings|_frozen_importlib\w*|functools|warnings|inspect|"
        r"mimetypes|locale|tokenize|_weakrefset|codecs|stringprep|zipimport)\.",
        table=True,
    ),
)

CONTAINER_ADVICE: Final = {
    "dict": "Bound it by number or age (an LRU or TTL cache), or delete the entry when its work is done.",
    "list": "Empty it where it is used, or give it a bound (collections.deque with maxlen).",
    "set": "Discard members when their work is done, or hold them weakly (weakref.WeakSet).",
    "collections.deque": "Give it a maxlen, or check that what takes from it keeps up.",
    "collections.OrderedDict": "Drop the oldest entry (`popitem(last=False)`) when it is full.",
    "collections.defaultdict": "Looking up a missing key adds it: use `.get`, and delete what is done.",
    "bytearray": "Write it out and clear it.",
}
