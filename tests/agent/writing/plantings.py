"""Code that puts a secret into each place of a process where one may stand, for a target of `SETUP`."""

from __future__ import annotations

__all__ = ["NAMED_AFTER_DATA", "PLACES", "SAMPLED", "SETUP"]

PLACES = {  # values and keys of data: nothing of them is a name of code, whatever it looks like
    "string": "HELD.append({secret!r} + str(len(HELD)))",
    "interned": "HELD.append(sys.intern({secret!r}))",
    "bytes": "HELD.append({secret!r}.encode('utf-8', 'replace'))",
    "bytearray": "HELD.append(bytearray({secret!r}.encode('utf-8', 'replace')))",
    "key": "HELD.append({{{secret!r}: 1}})",
    "nestedkey": "HELD.append({{'outer': {{({secret!r}, 1): None}}}})",
    "keyofsubclass": "HELD.append(collections.OrderedDict({{{secret!r}: 1}}))",
    "defaultdictkey": "HELD.append(collections.defaultdict(list, {{{secret!r}: [1]}}))",
    "member": "HELD.append({{{secret!r}}})",
    "frozenmember": "HELD.append(frozenset([{secret!r}]))",
    "attributevalue": "HELD.append(Thing({secret!r}))",
    "slotvalue": "HELD.append(Slotted({secret!r}))",
    "default": "HELD.append(lambda value={secret!r}: value)",
    "constant": "HELD.append((lambda: 1).__code__.replace(co_consts=({secret!r},)))",
    "docstring": "HELD.append(type('Documented', (), {{'__doc__': {secret!r}}})())",
    "moduledoc": "HELD.append(types.ModuleType('plain', {secret!r}))",
    "environment": "os.environ['PLANTED'] = usable({secret!r})",
    "environmentname": "os.environ[usable({secret!r})] = '1'",
    "exception": "HELD.append(ValueError({secret!r}))",
    "raised": "HELD.append(caught({secret!r}))",
    "closure": "HELD.append((lambda value: lambda: value)({secret!r}))",
    "generatorlocal": "HELD.append(suspended({secret!r})); next(HELD[-1])",
    "threadlocalvalue": "LOCAL.value = {secret!r}",
    "threadlocalkey": "LOCAL.data = {{{secret!r}: 1}}",
    "contextvar": "HELD.append(contextvars.ContextVar('plain').set({secret!r}))",
    "contextvarname": "HELD.append(contextvars.ContextVar({secret!r}).set(1))",
    "partial": "HELD.append(functools.partial(print, {secret!r}, end={secret!r}))",
    "partialkey": "HELD.append(functools.partial(dict, **{{{secret!r}: 1}}))",
    "keywords": "HELD.append(given(**{{{secret!r}: 1}}))",
    "cached": "cached({secret!r})",
    "filename": "HELD.append(compile('1', '/srv/' + usable({secret!r}) + '.py', 'exec'))",
    "allocatingfile": "exec(compile('HELD.append(bytearray(99))', usable({secret!r}), 'exec'))",
    "allocatingpath": "exec(compile('HELD.append(bytearray(99))', '/srv/' + usable({secret!r}) + '.py', 'exec'))",
    "allocatingconstant": "exec('def f(a=' + repr({secret!r}) + '): return [bytearray(99), a]\\nHELD.append(f())')",
    "openfile": "HELD.append(open(os.path.join(FOLDER, str(hash({secret!r}))), 'w'))",
    "path": "HELD.append(pathlib.Path({secret!r}))",
    "logger": "HELD.append(logging.getLogger({secret!r}))",
    "threadname": "start(''.join(list({secret!r})))",
    "pattern": "HELD.append(re.compile(re.escape({secret!r})))",
    "structure": "HELD.append(memoryview({secret!r}.encode('utf-8', 'replace')))",
    "number": "HELD.append(int.from_bytes({secret!r}.encode('utf-8', 'replace'), 'big'))",
    "deque": "HELD.append(collections.deque([{secret!r}]))",
    "chainmap": "HELD.append(collections.ChainMap({{{secret!r}: 1}}))",
    "weakkey": "HELD.append(weakref.WeakValueDictionary({{{secret!r}: HELD[0]}}))",
    "typevariable": "HELD.append(typing.TypeVar({secret!r}))",
    "newtype": "HELD.append(typing.NewType({secret!r}, int))",
    "propertydoc": "HELD.append(property(None, None, None, {secret!r}))",
    "syspath": "sys.path.append({secret!r})",
    "argvvalue": "sys.argv.append('--password=' + {secret!r})",
    "applicationfile": "sys.modules['__main__'].__file__ = FOLDER + '/' + usable({secret!r}) + '.py'",
    "applicationname": "os.environ['FLASK_APP'] = usable({secret!r})",
    "otherattribute": "os.environ['OTEL_RESOURCE_ATTRIBUTES'] = 'enduser.id=' + usable({secret!r}).replace(',', '')",
    "branch": "checked_out({secret!r})",
    "argvpin": "sys.argv.extend(['--pin', {secret!r}])",
}
NAMED_AFTER_DATA = {  # names: of code only if it looks like code
    "class": "HELD.append(type({secret!r}, (), {{}}))",
    "endpoint": "called({secret!r})",
    "blueprint": "called('.'.join(['shop', {secret!r}]))",
    "classinstance": "HELD.append(type({secret!r}, (), {{}})())",
    "libraryattribute": "HELD.append(type('Cache', (), {{'__module__': 'cachetools'}})()); HELD[-1]._Cache__maxsize = {secret!r}",
    "classmodule": "HELD.append(type('Row', (), {{'__module__': {secret!r}}})())",
    "classqualname": "HELD.append(type('Row', (), {{'__qualname__': {secret!r}}})())",
    "classlocalqualname": "HELD.append(type('Row', (), {{'__qualname__': 'f.<locals>.' + {secret!r}}})())",
    "classsubmodule": "HELD.append(type('Row', (), {{'__module__': 'shop.' + {secret!r}}})())",
    "classpropertymodule": "HELD.append(of_functions({secret!r})())",
    "classparameter": "HELD.append(type('Page[' + {secret!r} + ']', (), {{}})())",
    "classmadenew": "HELD.append(types.new_class({secret!r})())",
    "classofexec": "exec('class Row: pass\\nHELD.append(Row())', {{'__name__': {secret!r}, 'HELD': HELD}})",
    "metaclass": "HELD.append(type({secret!r}, (type,), {{}})('Plain', (), {{}})())",
    "classofmetaclass": "HELD.append(Meta({secret!r}, (), {{}})())",
    "classofabc": "HELD.append(abc.ABCMeta({secret!r}, (), {{}})())",
    "enumeration": "HELD.append(enum.Enum({secret!r}, ['ONE']))",
    "enumerationmember": "HELD.append(enum.Enum('Plain', [usable({secret!r}) or 'x']))",
    "tuplename": "HELD.append(renamed(collections.namedtuple('Row', ['one']), {secret!r})(1))",
    "exceptionclass": "HELD.append(type({secret!r}, (ValueError,), {{}})(1))",
    "dictclass": "HELD.append(type({secret!r}, (dict,), {{}})(one=1))",
    "intclass": "HELD.append(type({secret!r}, (int,), {{}})(1))",
    "structureclass": "HELD.append(type({secret!r}, (ctypes.Structure,), {{'_fields_': []}})())",
    "mangledslot": "HELD.append(type({secret!r}, (), {{'__slots__': ('__hidden',)}})())",
    "function": "HELD.append(types.FunctionType((lambda: 1).__code__, {{}}, {secret!r}))",
    "functionname": "HELD.append(renamed(lambda: 1, {secret!r}))",
    "functionmodule": "HELD.append(types.FunctionType((lambda: 1).__code__, {{'__name__': {secret!r}}}))",
    "codename": "HELD.append((lambda: 1).__code__.replace(co_name={secret!r}))",
    "codequalname": "HELD.append((lambda: 1).__code__.replace(co_qualname={secret!r}))",
    "codevariable": "HELD.append((lambda value: 1).__code__.replace(co_varnames=({secret!r},)))",
    "codenames": "HELD.append((lambda: plain).__code__.replace(co_names=({secret!r}, 'shop.' + {secret!r})))",
    "codeofrunning": "start('plain', recoded(work, co_name={secret!r}, co_qualname={secret!r}))",
    "allocatingcode": "HELD.append(recoded(allocating, co_name={secret!r}, co_qualname={secret!r})())",
    "allocatingbelow": "HELD.append(recoded(allocating, co_filename=FOLDER + '/' + usable({secret!r}) + '.py')())",
    "allocatingpackage": "HELD.append(recoded(allocating, co_filename=FOLDER + '/' + usable({secret!r}) + '/x.py')())",
    "allocatingsite": "HELD.append(recoded(allocating, co_filename='/v/site-packages/' + usable({secret!r}) + '/x.py')())",
    "allocatingfrozen": "HELD.append(recoded(allocating, co_filename='<frozen ' + usable({secret!r}) + '>')())",
    "generator": "HELD.append(renamed(suspended(1), {secret!r})); next(HELD[-1])",
    "generatorcode": "HELD.append(recoded(suspended, co_qualname={secret!r})(1)); next(HELD[-1])",
    "generatorvariable": "HELD.append(recoded(suspended, co_varnames=({secret!r},))(1)); next(HELD[-1])",
    "coroutine": "HELD.append(renamed(waiting(), {secret!r})); HELD[-1].send(None)",
    "asyncgenerator": "HELD.append(renamed(streaming(), {secret!r}))",
    "module": "HELD.append(types.ModuleType({secret!r}))",
    "loadedmodule": "sys.modules[{secret!r}] = types.ModuleType('plain')",
    "loadedmoduleinstance": "HELD.append(loaded({secret!r}).Row())",
    "modulefile": "loaded('filed' + str(len(HELD))).__file__ = '/v/site-packages/' + {secret!r} + '/x.py'",
    "moduleglobal": "HELD.append(types.ModuleType('plain')); HELD[-1].__dict__[{secret!r}] = [1]",
    "attribute": "setattr(HELD[0], {secret!r}, 1)",
    "attributeofown": "HELD.append(Thing(1)); setattr(HELD[-1], {secret!r}, 1)",
    "replaceddict": "HELD.append(Thing(1)); HELD[-1].__dict__ = {{{secret!r}: 1}}",
    "classattribute": "HELD.append(type('Row', (), {{{secret!r}: [1]}})())",
    "functionattribute": "HELD.append(lambda: 1); HELD[-1].__dict__[{secret!r}] = [1]",
    "annotation": "HELD.append(type('Row', (), {{'__annotations__': {{{secret!r}: int}}}})())",
    "namespace": "HELD.append(types.SimpleNamespace(**{{{secret!r}: [1]}}))",
    "threadlocal": "setattr(LOCAL, {secret!r}, [1])",
    "keyworddefault": "HELD.append(lambda: 1); HELD[-1].__kwdefaults__ = {{{secret!r}: [1]}}",
    "global": "globals()[{secret!r}] = 1",
    "localsofclass": "exec('class Row: locals()[secret] = [1]', {{'secret': {secret!r}, '__name__': 'plain'}})",
    "threadincode": "start({secret!r})",
    "threadtarget": "start('Thread-7 (' + {secret!r} + ')')",
    "threadnumber": "start('Thread-' + {secret!r})",
    "threadmain": "start('MainThread ' + {secret!r})",
    "threadpool": "start('ThreadPoolExecutor-' + {secret!r} + '_0')",
}
SETUP = """
import abc, collections, contextvars, ctypes, enum, functools, gc, logging, os, pathlib, re, sys, threading, types, typing
import weakref
FOLDER = {folder!r}
sys.path.append(FOLDER)
class Thing:
    def __init__(self, value): self.value = value
class Slotted:
    __slots__ = ("value",)
    def __init__(self, value): self.value = value
class Meta(type): pass
class Wait:
    def __await__(self): yield
HELD = [Thing(0)]
LOCAL = threading.local()
@functools.lru_cache
def cached(value): return [value]
def given(**names): return names
def allocating(): return [bytearray(99), {{"one": 1}}]
def suspended(value):
    yield value
async def waiting(): await Wait()
async def streaming(): yield 1
def caught(value):
    try:
        raise KeyError(value)
    except KeyError as error:
        return error
def usable(secret): return secret.encode("utf-8", "replace").decode().replace(chr(0), "").replace("=", "").replace("__", "")
def checked_out(branch):
    git = pathlib.Path(FOLDER, ".git")
    git.mkdir(exist_ok=True)
    (git / "HEAD").write_text("ref: refs/heads/" + branch, errors="replace")
    (git / "packed-refs").write_text(branch + " refs/heads/" + branch, errors="replace")
def called(endpoint):
    from heapdiff.agent.worker.installation import ensure_agent
    counting = globals().get("engine") or ensure_agent().choice.engine
    counting.count_call(endpoint)
def renamed(found, name):
    found.__name__ = found.__qualname__ = name
    return found
def recoded(function, **changes):
    return types.FunctionType(function.__code__.replace(**changes), globals())
def loaded(name):
    sys.modules[name] = module = types.ModuleType(name)
    exec("class Row: pass", module.__dict__)
    return module
def of_functions(module):
    class Row:
        __module__ = property(lambda self: 1)
        def method(self): return 1
    Row.method.__module__ = module
    return Row
gate = threading.Event()
def work(ready):
    ready.set()
    gate.wait()
def start(name, target=work):
    ready = threading.Event()
    threading.Thread(target=target, args=(ready,), name=name, daemon=True).start()
    ready.wait()
"""
SAMPLED = """
from heapdiff.agent import _native
assert _native.sample(1, 0) is None
"""  # every allocation, where the native engine is at work
