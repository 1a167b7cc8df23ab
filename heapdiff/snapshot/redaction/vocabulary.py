"""The interpreter's own words, and those of Flask's tables, which tell nothing about an application whoever uses them."""

import re
from typing import Final

THREADS: Final = re.compile(
    r"MainThread|greenlet|(?:thread|greenlet|Thread|Dummy)-\d{1,6}|asyncio_\d{1,6}|ThreadPoolExecutor-\d{1,6}_\d{1,6}",
    re.ASCII,
)
MARKS: Final = "<locals> <module> <lambda> <listcomp> <genexpr> <dictcomp> <setcomp> <hidden>"
CONVENTIONS: Final = "self cls args kwargs"
MEMBERS: Final = """
cell_contents co_consts co_exceptiontable co_filename co_linetable co_name co_names co_qualname f_back f_trace gi_code gr_frame
tb_frame tb_next
"""
SPECIAL: Final = """
__abs__ __abstractmethods__ __add__ __aenter__ __aexit__ __aiter__ __all__ __and__ __anext__ __annotate__ __annotations__
__args__ __await__ __base__ __bases__ __bool__ __buffer__ __build_class__ __builtins__ __bytes__ __cached__ __call__
__callback__ __cause__ __ceil__ __class__ __class_getitem__ __classcell__ __closure__ __code__ __complex__ __contains__
__context__ __copy__ __dataclass_fields__ __dataclass_params__ __debug__ __deepcopy__ __defaults__ __del__ __delattr__
__delete__ __delitem__ __dict__ __dictoffset__ __dir__ __divmod__ __doc__ __enter__ __eq__ __exit__ __file__
__firstlineno__ __flags__ __float__ __floor__ __floordiv__ __format__ __fspath__ __func__ __future__ __ge__ __get__
__getattr__ __getattribute__ __getitem__ __getnewargs__ __getnewargs_ex__ __getstate__ __globals__ __gt__ __hash__
__iadd__ __iand__ __ifloordiv__ __ilshift__ __imatmul__ __imod__ __import__ __imul__ __index__ __init__
__init_subclass__ __instancecheck__ __int__ __invert__ __ior__ __ipow__ __irshift__ __isub__ __iter__ __itruediv__
__ixor__ __kwdefaults__ __le__ __len__ __length_hint__ __loader__ __lshift__ __lt__ __main__ __match_args__ __matmul__
__members__ __missing__ __mod__ __module__ __mro__ __mro_entries__ __mul__ __name__ __ne__ __neg__ __new__ __next__
__notes__ __objclass__ __or__ __orig_bases__ __origin__ __package__ __parameters__ __path__ __pos__ __post_init__
__pow__ __prepare__ __qualname__ __radd__ __rand__ __rdivmod__ __reduce__ __reduce_ex__ __release_buffer__ __repr__
__reversed__ __rfloordiv__ __rlshift__ __rmatmul__ __rmod__ __rmul__ __ror__ __round__ __rpow__ __rrshift__ __rshift__
__rsub__ __rtruediv__ __rxor__ __self__ __set__ __set_name__ __setattr__ __setitem__ __setstate__ __signature__
__sizeof__ __slots__ __spec__ __static_attributes__ __str__ __sub__ __subclasscheck__ __subclasshook__ __suppress_context__
__text_signature__ __traceback__ __truediv__ __trunc__ __type_params__ __version__ __warningregistry__ __weakref__
__wrapped__ __xor__
"""
TABLES: Final = """
view_functions before_request_funcs after_request_funcs teardown_request_funcs teardown_appcontext_funcs error_handler_spec
url_value_preprocessors template_context_processors url_default_functions
"""
_FACTS: Final = """
_Cache__currsize _Cache__maxsize _InfoMixin__hits _InfoMixin__misses _TTLCache__ttl _created_connections _limit
_limit_per_host _max_connections _max_keepalive_connections _max_overflow _max_size _max_workers _maxsize _min_size
_nconns _overflow _pool_connections _pool_maxsize _recycle _threshold active_sockets capacity default_timeout expired
hits max_connections max_pool_size max_waiting maxconn maxsize minconn misses num_connections num_requests
operation_count requests size
"""
FACTS: Final = frozenset(
    _FACTS.split()
)  # names of numbers that libraries keep: all that `agent.writing.facts` lists
WORDS: Final = frozenset(f"{MARKS} {CONVENTIONS} {MEMBERS} {SPECIAL} {TABLES}".split())
BUILT_IN: Final = "builtins"  # the module that is not shown
PSEUDO_TYPES: Final = frozenset(("running frame", "unreadable object"))
STATIC: Final = """
ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup BlockingIOError BrokenPipeError BufferError
BytesWarning CArgObject ChildProcessError ConnectionAbortedError ConnectionError ConnectionRefusedError ConnectionResetError
DeprecationWarning EOFError EncodingMap EncodingWarning EnvironmentError Exception ExceptionGroup FileExistsError
FileNotFoundError FloatingPointError FutureWarning GeneratorExit IOError ImportError ImportWarning IndentationError IndexError
InterpreterID InterruptedError IsADirectoryError KeyError KeyboardInterrupt LookupError MemoryError ModuleNotFoundError
NameError NoneType NotADirectoryError NotImplementedError NotImplementedType OSError OverflowError PendingDeprecationWarning
PermissionError ProcessLookupError PyCapsule PythonFinalizationError RecursionError ReferenceError ResourceWarning RuntimeError
RuntimeWarning StgDict StopAsyncIteration StopIteration SyntaxError SyntaxWarning SystemError SystemExit TabError
TaskStepMethWrapper TimeoutError TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError
UnicodeTranslateError UnicodeWarning UnraisableHookArgs UserWarning ValueError Warning ZeroDivisionError _RunningLoopHolder
anext_awaitable async_generator async_generator_asend async_generator_athrow async_generator_wrapped_value asyncgen_hooks bool
builtin_function_or_method builtin_method bytearray bytearray_iterator bytes bytes_iterator callable_iterator cell classmethod
classmethod_descriptor code complex coroutine coroutine_wrapper dict dict_itemiterator dict_items dict_keyiterator dict_keys
dict_reverseitemiterator dict_reversekeyiterator dict_reversevalueiterator dict_valueiterator dict_values ellipsis enumerate
fieldnameiterator filter float formatteriterator frame frozendict frozenset function generator generic_alias_iterator
getset_descriptor hamt hamt_array_node hamt_bitmap_node hamt_collision_node instancemethod int items iterator keys list
list_iterator list_reverseiterator longrange_iterator managedbuffer map mappingproxy member_descriptor memory_iterator
memoryview method method-wrapper method_descriptor module moduledef object odict_items odict_iterator odict_keys odict_values
property range range_iterator reversed set set_iterator slice staticmethod stderrprinter str str_ascii_iterator str_iterator
super traceback tuple tuple_iterator type values weakcallableproxy weakproxy weakref wrapper_descriptor zip
"""
BUILT_IN_TYPES: Final = frozenset(
    (*STATIC.split(), "symtable entry")
)  # those whose names stand without a module
