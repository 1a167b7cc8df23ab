"""What is known about holders of well-known kinds: pattern, what it means, what to do.

Data; `recall` looks it up.

A pattern matches when everything that it names matches: the holder path and a type on the way to the holder
or held by it, or the path's start (`through`), both regular expressions that may match anywhere; the holder's type; its kind; a
type that it newly holds. Holders with `most` entries at most stop growing by themselves and are no leaks, as
long as they do not hold more; a `table` fills as code comes, and is one only if it grows with each request.
Some are only for holders that have, or have not, a bound of their own (`bounded`), and some say it `instead` of
those after them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from heapdiff.answers import HolderKind

__all__ = ["PATTERNS", "Pattern", "Traits", "advise", "recall"]

MOST_ADVICE: Final = 2


@dataclass(frozen=True, slots=True)
class Pattern:
    """One thing worth knowing about a kind of holder."""

    meaning: str
    advice: str
    path: str = ""
    through: str = ""
    holder_type: str = ""
    kind: HolderKind | None = None
    held: str = ""
    most: int | None = None
    table: bool = False
    bounded: bool | None = None
    instead: bool = False

    def bounds(self, length: int | None) -> bool:
        """Whether a holder of this kind and length stops growing by itself."""
        return self.most is not None and (length is None or length <= self.most)


PATTERNS: Final = (
    # what is more telling than the kind of the holder
    Pattern(
        "Contexts of Flask were pushed and never popped: each keeps the one before it, with its app and `g`.",
        "Push a context with `with app.app_context():`, or pop it; look in threads and scripts.",
        path=r"^flask\.globals\._cv_(app|request)\b",
    ),
    # Python's own containers and caches
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
    # logging
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
    # Flask and friends
    Pattern(
        "Flask keeps every function registered with the application or blueprint.",
        "Register request functions once, at start, not inside a view or a factory that runs per request.",
        path=r"\.(before_request_funcs|after_request_funcs|teardown_request_funcs|teardown_appcontext_funcs"
        r"|template_context_processors|url_value_preprocessors|url_default_functions|shell_context_processors"
        r"|error_handler_spec|before_first_request_funcs|view_functions)\b",
    ),
    Pattern(
        "Rules are added to the URL map while requests are served.",
        "Add routes once, at start.",
        path=r"url_map\.",
    ),
    Pattern(
        "A signal keeps its receivers until they are disconnected.",
        "Connect at import, not per request; or disconnect, or use `connected_to`.",
        path=r"\.(receivers|_by_sender|_by_receiver|_weak_senders)\b",
        through=r"^(blinker|flask\.signals)\.",
    ),
    Pattern(
        "Jinja keeps compiled templates; the environment's own cache holds at most 400.",
        "Make one Environment, at start, and do not build templates from strings per request.",
        path=r"jinja2?(_env)?\b.*\bcache|_spontaneous_environments|jinja2\..*cache|\.jinja_env\.cache",
        most=400,
    ),
    Pattern(
        "Templates or environments of Jinja are made again and again.",
        "Make one Environment at start; `from_string` per request compiles code that is kept.",
        held="jinja2.environment.Environment",
    ),
    Pattern(
        "SimpleCache removes entries only when it is above its threshold, and expired ones only then.",
        "Set CACHE_THRESHOLD and CACHE_DEFAULT_TIMEOUT and keep keys few, or cache outside the process.",
        path=r"\._cache$",
        through=r"cachelib\.|flask_caching\.",
    ),
    # databases and clients
    Pattern(
        "Sessions of SQLAlchemy keep every object loaded until they are closed.",
        "Close the session at the end of the request (`with Session() as session`, or `remove()`).",
        path=r"identity_map|_registry|scoped_session",
        through=r"^(flask_)?sqlalchemy\.",
    ),
    Pattern(
        "Engines are made per request; each keeps a pool, a dialect and compiled statements.",
        "Call create_engine once per process.",
        held="sqlalchemy.engine.base.Engine",
    ),
    Pattern(
        "Compiled statements of SQLAlchemy, at most about 500 per engine.",
        "Nothing to do, unless engines are made per request.",
        path=r"_compiled_cache",
        through=r"^sqlalchemy\.",
        most=750,
    ),
    Pattern(
        "Each combination of label values is a time series that the client keeps for ever.",
        "Take ids, paths and messages out of the labels.",
        path=r"\bREGISTRY\b|\._metrics\b|_names_to_collectors",
        through=r"^prometheus_client\.",
    ),
    Pattern(
        "Each requests.Session keeps its own pool of connections.",
        "Use one Session per process or `with requests.Session()`.",
        held="requests.sessions.Session",
    ),
    Pattern(
        "Connections to SQLite stay open until they are closed.",
        "Close them (`contextlib.closing`); `with connection` only ends the transaction.",
        held="sqlite3.Connection",
    ),
    # what people write themselves
    Pattern(
        "Functions are registered again and again.",
        "Register each once, at import or start; or remove it when its work is done.",
        holder_type="list",
        held="function",
    ),
    # bounded tables of the standard library
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


FALLBACK_ADVICE: Final = {
    "dict": "Bound it by number or age (an LRU or TTL cache), or delete the entry when its work is done.",
    "list": "Empty it where it is used, or give it a bound (collections.deque with maxlen).",
    "set": "Discard members when their work is done, or hold them weakly (weakref.WeakSet).",
    "collections.deque": "Give it a maxlen, or check that what takes from it keeps up.",
    "collections.OrderedDict": "Drop the oldest entry (`popitem(last=False)`) when it is full.",
    "collections.defaultdict": "Looking up a missing key adds it: use `.get`, and delete what is done.",
    "bytearray": "Write it out and clear it.",
}


@dataclass(frozen=True, slots=True)
class Traits:
    """What a pattern looks at: `through` are types on the way to the holder, `held` those that it newly holds."""

    path: str
    type: str
    kind: HolderKind
    held: Sequence[str] = ()
    through: Sequence[str] = ()
    bounded: bool = False


def recall(traits: Traits) -> tuple[Pattern, ...]:
    """The patterns that match a holder, in the table's order."""
    found = []
    for pattern in PATTERNS:
        if _matches(pattern, traits):
            found.append(pattern)
            if pattern.instead:
                break
    return tuple(found)


def advise(patterns: Sequence[Pattern], holder_type: str) -> tuple[str, ...]:
    """What to do: at most two pieces of advice, from the patterns or else for the type of container."""
    known = tuple(dict.fromkeys(pattern.advice for pattern in patterns))[:MOST_ADVICE]
    general = FALLBACK_ADVICE.get(holder_type)
    return known or (() if general is None else (general,))


def _matches(pattern: Pattern, traits: Traits) -> bool:
    way = (traits.path, *traits.through, traits.type, *traits.held)
    return (
        (not pattern.path or re.search(pattern.path, traits.path) is not None)
        and (not pattern.through or any(re.search(pattern.through, each) for each in way))
        and (not pattern.holder_type or pattern.holder_type == traits.type)
        and (pattern.kind is None or pattern.kind is traits.kind)
        and (not pattern.held or pattern.held in traits.held)
        and (pattern.bounded is None or pattern.bounded is traits.bounded)
    )
