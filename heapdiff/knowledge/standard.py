"""Tables and caches of the standard library and the interpreter: what fills each, and what a user can do."""

from typing import Final

from heapdiff.knowledge.pattern import Pattern

TABLES: Final = (
    Pattern(
        "The standard library's cache of compiled patterns; it is emptied when full.",
        "Keep patterns fixed: compile each once and pass what changes as text.",
        harmless="Nothing to do.",
        path=r"^re\._cache2?\b|^re\._compile|^fnmatch\.|^_strptime\.",
        most=32768,
    ),
    Pattern(
        "Source lines kept for tracebacks, one entry per file name.",
        "Find what compiles code on each request (sympy.lambdify, attrs, exec) and do it once; "
        "`linecache.clearcache()` frees the lines.",
        harmless="Nothing to do unless code is compiled under a new file name each time.",
        path=r"^linecache\.(cache|_)",
        table=True,
        instead=True,
    ),
    Pattern(
        "An abstract class keeps a weak reference to each of its subclasses.",
        "Create classes once, at import, not per request.",
        harmless="Nothing to do unless classes are created per request.",
        path=r"\._abc_impl\b",
        table=True,
        instead=True,
    ),
    Pattern(
        "Python searches each entry of sys.path on every import.",
        "Extend sys.path once, at start-up, or check that the entry isn't there yet.",
        path=r"^sys\.(path|meta_path|path_hooks)$",
        table=True,
        instead=True,
    ),
    Pattern(
        "Every imported module stays in sys.modules.",
        "Load each module once and reuse it, or delete it from sys.modules; don't create modules per request.",
        harmless="Nothing to do: each module is imported once.",
        path=r"^sys\.modules\b|^sys\.path_importer_cache\b",
        table=True,
        instead=True,
    ),
    Pattern(
        "Python remembers each warning by its text, so that it is shown once.",
        "Keep the text of warnings constant: no IDs or times in it.",
        path=r"__warningregistry__|^_?warnings\._?onceregistry",
        instead=True,
    ),
    Pattern(
        "Each call of `warnings.filterwarnings` or `simplefilter` adds a filter, except one that is there already.",
        "Set filters once, at start-up, or only for a block: `with warnings.catch_warnings():`.",
        path=r"^_?warnings\.filters$",
        instead=True,
    ),
    Pattern(
        "The collector puts what it found into gc.garbage only while debugging.",
        "Remove `gc.set_debug(gc.DEBUG_SAVEALL)` or `gc.DEBUG_LEAK`, and clear gc.garbage.",
        path=r"^gc\.(garbage|callbacks)",
    ),
    Pattern(
        "ctypes keeps each function and pointer type that is created.",
        "Create ctypes types once, at import, not per call.",
        path=r"^_?ctypes\.(_pointer_type_cache|_c_functype_cache|_win_functype_cache|_reset_cache)",
        instead=True,
    ),
    Pattern(
        "Each finalizer stays registered until its object dies or it is called.",
        "Create one finalizer per object, and `detach()` those you no longer need; find what keeps the objects alive.",
        path=r"^weakref\.finalize\._registry",
    ),
    Pattern(
        "threading keeps each thread that is running.",
        "Let each thread end, or hand the work to one ThreadPoolExecutor with a fixed number of threads.",
        path=r"^threading\.(_active|_dangling|_limbo|_shutdown_locks)(\.data)?$",
    ),
    Pattern(
        "The executors' threads are kept until each executor is shut down.",
        "Create one executor per process, or shut each down: `with ThreadPoolExecutor() as pool:`.",
        path=r"^concurrent\.futures\.thread\._threads_queues",
    ),
    Pattern(
        "subprocess keeps each child that was dropped before it ended.",
        "Call `wait()` or `communicate()`, or use `subprocess.run()`.",
        path=r"^subprocess\._active",
    ),
    Pattern(
        "atexit keeps each registered function, with the object it belongs to, until the process exits.",
        "Register one function, at start-up, or call `atexit.unregister` with each that you no longer need.",
        path=r"^<interpreter atexit>",
    ),
    Pattern(
        "An ExitStack keeps what was entered or registered until it is closed.",
        "Use an ExitStack for each request or job (`with ExitStack() as stack:`), not one that lives as long as the process.",
        path=r"\._exit_callbacks$",
        through=r"^contextlib\.(Async)?ExitStack$",
    ),
    Pattern(
        "A partial of a partial has the arguments of both.",
        "Make each functools.partial of the function itself, not of the one made before.",
        path=r"\.(args|keywords)$",
        through=r"^functools\.partial$",
        instead=True,
    ),
    Pattern(
        "A connection of sqlite3 keeps its last statements, 128 unless `cached_statements` says otherwise.",
        "Pass values as parameters, so that one statement serves all requests.",
        harmless="Nothing to do.",
        holder_type="sqlite3.Connection",
        drags=r"sqlite3\.Statement",
        most=128,
    ),
    Pattern(
        "A table that the interpreter or the import system fills as modules and classes are loaded.",
        "Find what creates modules, classes or generic types on each request, and create them once, at import.",
        harmless="Nothing to do.",
        path=r"^(sys|importlib|abc|_abc|typing|copyreg|encodings|_frozen_importlib\w*|functools|warnings|inspect|"
        r"mimetypes|locale|tokenize|_weakrefset|codecs|stringprep|zipimport)\.",
        table=True,
    ),
)
