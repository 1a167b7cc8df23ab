"""The heap language: a few lines of text become a HeapGraph.

    heap('''
        shop.cache.SESSIONS: dict -> [*]: shop.models.Session * 3 size=56 -> .tags: list
        shop.models.Registry: type -> ._instances: dict $reg -> [7]: $first
        shop.views.search: function -> default acc: list
        shop.tasks.run: function -> closure pending: set -> {}: shop.tasks.Job * 2
        shop.pricing.quote: lru_cache -> [*]: shop.pricing.Price * 5
        thread MainThread -> frame serve -> local backlog: list -> [0]: shop.Job
        native: list extra=1 -> bytes * 4 size=1000
        orphan: list -> ref: $loop
    ''')

A line is a chain `start -> step -> step`. A *start* is `module NAME` (or `module NAME of OWNER`: `standard`,
`built-in`, `application`, or what was installed; of others the name decides, as in files that do not say it), a
global `dotted.module.NAME: TYPE`, `thread NAME`, `interpreter NAME: TYPE`, `thread-state NAME: TYPE`, `native:
TYPE` (held by nothing found; give it `extra=1`), `orphan: TYPE` (nothing holds it) or an earlier `$label`. Naming
the same global, or the same attribute of the same object, again means the same object, so a line can continue an
earlier one. A *step* is
`EDGE: TYPE OPTIONS`:

    .NAME       attribute: in the namespace of a module, class or function, else inline in the instance
    [*] [?]     dict entry under a masked string key / under another masked key
    [NAME]      dict entry under a named key (a namespace)      [None] [True] [False] singleton keys
    [7]         integer key of a dict, or index of a list       {}  member of a set
    local NAME, cell NAME, free NAME    of a frame, generator or coroutine
    default NAME, kwdefault NAME, closure NAME    of a function
    frame NAME  of a thread
    internal NAME, weak, stack, ref (no label)    other references

A line may also say what was recorded, innermost frame first; of several objects with one label each gets its share in turn:

    sample * 8 of $first size=1024 age=500: session_for shop/cache.py:31 < Flask.dispatch_request flask/app.py:900 of flask
    sample direct of $first: Session.__init__ shop/models.py:4
    sampler: every 16384                        what records the samples below it; else every 524288
    calls shop.product: 1200

Without an edge it is the natural one: next element, masked entry, member, or an unlabelled reference. The
type may be an earlier `$label`; `class` is a type of which there is no instance, so that only its `__module__` tells
where it is from, and `ctype` one that a C extension made. Options: `* N` (N such objects, each continued by the rest
of the chain), `size=`, `refcount=`, `extra=` (counts beyond those found), `most=` (entries it may have), `shows=` (bytes of
another object's buffer), `facts=` (numbers that a library keeps in it, as `hits:3,misses:4`), `text=` (of str and bytes: a
number, the same for equal ones), of functions `names=` (what their code names, joined by commas), `home=` (their module) and
`idle` (their code hasn't run; that of others has), `@0x…`, `name=`, `$label`, and `gen=X`: other addresses than without it.
Addresses derive from the place in the heap, so the same line in two heaps means the same surviving objects.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from heapdiff.format import EdgeKind, ModuleOwner, RootKind, TypeFlag
from heapdiff.graph.heap import HeapGraph, Owner
from heapdiff.model import NodeIndex, Summary
from tests.builder import CodeLine, GraphBuilder, Handle

__all__ = ["GraphBuilder", "draw", "heap"]

NAMESPACED = frozenset(("module", "type", "function", "functools._lru_cache_wrapper"))
KEYS = ("__wrapped__", "__spec__")  # of a namespace, for all their underscores
SEQUENCES = frozenset(("list", "tuple"))
VARIABLES = {
    "local": EdgeKind.LOCAL,
    "cell": EdgeKind.CELL,
    "free": EdgeKind.FREE,
    "internal": EdgeKind.INTERNAL,
}
OWNERS = {
    "standard": Owner(ModuleOwner.STANDARD),
    "built-in": Owner(ModuleOwner.BUILT_IN),
    "application": Owner(ModuleOwner.APPLICATION),
}
ROOTS = {"interpreter": RootKind.INTERPRETER, "thread-state": RootKind.THREAD_STATE}
BARE = {"weak": EdgeKind.WEAK, "stack": EdgeKind.STACK, "ref": EdgeKind.UNNAMED}
ALIASES = {"lru_cache": "functools._lru_cache_wrapper", "class": "type", "ctype": "type"}
FURNISHED = frozenset(("type", "function", ALIASES["lru_cache"]))
STEP = re.compile(r"(?:(?P<edge>\.\w+|\[[^\]]*\]|\{\}|\w+ [\w.<>]+|weak|stack|ref)\s*:\s*)?(?P<node>.+)")


def heap(text: str, summary: Summary | None = None) -> HeapGraph:
    """The graph that the text describes."""
    return draw(text, summary)[0]


def draw(text: str, summary: Summary | None = None) -> tuple[HeapGraph, dict[str, NodeIndex]]:
    """The graph, and the nodes of its `$labels`; of `* N` objects: `$s`, `$s1`, `$s2` …"""
    graph, labels = _draw(text)
    return replace(graph, summary=summary), dict(labels)


@functools.lru_cache(maxsize=64)
def _draw(text: str) -> tuple[HeapGraph, Mapping[str, NodeIndex]]:
    """Kept, as tests of a module draw the same heaps; so nobody may write into one."""
    pen = _Pen()
    for line in text.splitlines():
        if line.strip() and not line.strip().startswith("#"):
            pen.draw_line(line.strip())
    graph = pen.builder.build()
    for column in vars(graph).values():
        if isinstance(column, np.ndarray):
            column.flags.writeable = False
    return graph, {name: graph.index_of(pen.builder.address(at)) for name, at in pen.labels.items()}


def code_line(text: str) -> CodeLine:
    """A frame such as `session_for shop/cache.py:31`, or `… of flask`."""
    frame, _, owner = text.partition(" of ")
    function, _, place = frame.rpartition(" ")
    file, _, line = place.rpartition(":")
    return CodeLine(file, int(line), function, owner_named(owner or "application"))


def owner_named(word: str) -> Owner:
    return OWNERS.get(word) or Owner(ModuleOwner.DISTRIBUTION, word)


def last_word(path: str) -> str:
    return re.split(r"[. ]", path)[-1]


class _Wanted(NamedTuple):
    """What `TYPE OPTIONS` asks for."""

    word: str  # the type as it stands there: "class", "$label"
    type: str
    values: Mapping[str, str]
    times: int
    label: str
    address: int | None
    idle: bool


@functools.cache
def _read_node(text: str) -> _Wanted:
    word, *options = text.replace("*", " * ").split()
    address = next((int(option[1:], 16) for option in options if option.startswith("@")), None)
    return _Wanted(
        word,
        ALIASES.get(word, word),
        dict(option.split("=", 1) for option in options if "=" in option),
        int(options[options.index("*") + 1]) if "*" in options else 1,
        next((option[1:] for option in options if option.startswith("$")), ""),
        address,
        "idle" in options,
    )


@functools.cache
def _read_step(text: str) -> tuple[str | None, str]:
    """The edge, if it says so, and the node."""
    match = STEP.fullmatch(text)
    if match is None:
        raise ValueError(f"not a step: {text!r}")
    return match["edge"], match["node"].strip()


class _Spot(NamedTuple):
    """An object drawn so far: where it stands in the heap decides its address."""

    handle: Handle
    type: str
    path: str


@dataclass(slots=True)
class _Pen:
    builder: GraphBuilder = field(default_factory=GraphBuilder)
    spots: dict[str, _Spot] = field(default_factory=dict)
    labels: dict[str, Handle] = field(default_factory=dict)
    labelled: dict[str, _Spot] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    variables: dict[str, list[str]] = field(default_factory=dict)

    def draw_line(self, line: str) -> None:
        if line.startswith(("sample ", "sampler:", "calls ")):
            self.draw_recorded(*line.split(": ", 1))
            return
        first, *steps = re.split(r"\s*->\s*", line)
        current = self.start(first)
        for step in steps:
            current = [made for owner in current for made in self.step(owner, step)]

    def draw_recorded(self, head: str, what: str) -> None:
        word, *options = head.split()
        if word == "calls":
            self.builder.count_calls({options[0]: int(what)})
            return
        if word == "sampler":
            self.builder.record(interval=int(what.removeprefix("every ")))
            return
        values = dict(option.split("=", 1) for option in options if "=" in option)
        label = next((option[1:] for option in options if option.startswith("$")), None)
        owners = [at for name, at in self.labels.items() if label and name.rstrip("0123456789") == label]
        for number in range(int(options[options.index("*") + 1]) if "*" in options else 1):
            self.builder.add_sample(
                [code_line(frame) for frame in what.split(" < ")],
                owners[number % len(owners)] if owners else None,
                size=int(values.get("size", 1024)),
                age_ms=int(values.get("age", 1000)),
                direct="direct" in options,
            )

    def start(self, text: str) -> list[_Spot]:
        if text.startswith("$"):
            return [self.labelled[text[1:]]]
        word, _, rest = text.partition(" ")
        if word == "module":
            name, _, owner = rest.partition(" of ")
            if owner:
                self.builder.set_owner(name, owner_named(owner))
            return [self.module(name)]
        if word == "thread":
            return [_Spot(Handle(-1), "thread", rest)]
        head, _, node = (part.strip() for part in text.partition(":"))
        if word in ROOTS:
            spots = self.nodes(head, node)
            self.builder.add_root(ROOTS[word], head.partition(" ")[2], spots[0].handle)
            return spots
        if head in ("native", "orphan"):
            return self.nodes(f"{head}#{self.count(head)}", node)
        module, _, name = head.rpartition(".")
        if not module:
            raise ValueError(f"not a start: {text!r}")
        return self.step(self.module(module), f".{name}: {node}" if node else f".{name}")

    def module(self, name: str) -> _Spot:
        if name not in self.spots:
            handle = self.builder.add_object("module", name=name, key=name)
            self.builder.add_root(RootKind.MODULE, name, handle)
            self.spots[name] = _Spot(handle, "module", name)
        return self.spots[name]

    def step(self, owner: _Spot, text: str) -> list[_Spot]:
        if owner.type == "thread":
            return [self.frame(owner, text)]
        edge, node = _read_step(text.strip())
        known = self.spots.get(f"{owner.path} {text.strip()}")
        if edge is None and known is not None:
            return [known]
        if edge is None and text.lstrip().startswith((".", "[")):
            raise ValueError(f"{text!r} of {owner.path} was not drawn before, so it needs a type")
        edge = edge or self.natural_edge(owner)
        place = f"{owner.path} {edge}"
        if place in self.spots and not node.startswith("$"):
            return [self.spots[place]]
        single = edge not in ("[*]", "[?]", "{}", "ref", "internal", "weak", "stack", "[]")
        made = self.nodes(place if single else f"{place}{node.split()[0]}", node, numbered=not single)
        for number, spot in enumerate(made):
            self.link(owner, edge, number, spot)
        if single and len(made) == 1:
            self.spots[place] = made[0]
        return made

    def natural_edge(self, owner: _Spot) -> str:
        if owner.type in SEQUENCES:
            return "[]"
        if owner.type in ("set", "frozenset"):
            return "{}"
        return "[*]" if owner.type in ("dict", ALIASES["lru_cache"]) else "ref"

    def nodes(self, place: str, text: str, numbered: bool = False) -> list[_Spot]:
        """The objects that `TYPE OPTIONS` asks for, made at a place; or the one `$label` names."""
        wanted = _read_node(text)
        type_name, values, label = wanted.type, wanted.values, wanted.label
        if type_name.startswith("$"):
            return [self.labelled[type_name[1:]]]
        numbered = numbered or wanted.times > 1
        size = int(values["size"]) if "size" in values else None
        refcount = int(values["refcount"]) if "refcount" in values else None
        extra, name = int(values.get("extra", 0)), values.get("name", self.own_name(type_name, place))
        tail = f" {type_name} {values.get('gen', '')}"
        spots = []
        for number in range(wanted.times):
            path = f"{place}#{self.count(place)}" if numbered else place
            handle = self.builder.add_object(
                type_name,
                size=size,
                refcount=refcount,
                extra_refs=extra,
                name=name,
                address=None if wanted.address is None else wanted.address + 0x100 * number,
                key=path + tail,
            )
            if values:
                self.note(handle, values)
            spot = _Spot(handle, type_name, path)
            spots.append(spot)
            if type_name in FURNISHED:
                self.furnish(spot, place, wanted)
            if label:
                self.labels[f"{label}{number or ''}"] = handle
                self.labelled[f"{label}{number or ''}"] = spot
        return spots

    def note(self, handle: Handle, values: Mapping[str, str]) -> None:
        if "shows" in values:
            self.builder.set_shown(handle, int(values["shows"]))
        if "most" in values:
            self.builder.set_bound(handle, int(values["most"]))
        for fact in filter(None, values.get("facts", "").split(",")):
            self.builder.set_fact(handle, fact.partition(":")[0], int(fact.partition(":")[2]))
        if "text" in values:
            self.builder.set_hash(handle, int(values["text"]))

    def own_name(self, type_name: str, place: str) -> str:
        return last_word(place) if type_name in ("type", "function") else ""

    def furnish(self, spot: _Spot, place: str, wanted: _Wanted) -> None:
        """What comes with an object: a class is the type of its instances, a cache has its dict."""
        if wanted.word == "class":
            module = self.builder.identifier(place.partition(" ")[0])
            self.builder.add_global(self.part(spot, "__dict__", "dict"), "__module__", module)
        elif spot.type == "type":
            name = place.replace(" .", ".").removeprefix("builtins.")
            self.builder.set_type(name, flags=TypeFlag.GC, node=spot.handle)
            if wanted.word == "ctype":
                method = self.builder.add_object("method_descriptor", key=f"{spot.path} method")
                self.builder.add_global(self.part(spot, "__dict__", "dict"), "open", method)
        elif spot.type == "function":
            self.code(spot, "__code__")
            self.give_names(spot, wanted.values.get("names", ""), wanted.values.get("home", ""))
            if wanted.idle:
                self.builder.set_idle(self.spots[f"{spot.path} code"].handle)
        elif spot.type == ALIASES["lru_cache"]:
            cache = self.builder.add_object("dict", key=f"{spot.path} cache")
            self.builder.add_edge(spot.handle, cache, EdgeKind.INTERNAL, name="cache")
            wrapped = self.builder.add_object("function", name=last_word(place), key=f"{spot.path} func")
            self.builder.add_edge(spot.handle, wrapped, EdgeKind.INTERNAL, name="func")
            self.spots[f"{spot.path} cache"] = _Spot(cache, "dict", f"{spot.path} cache")

    def code(self, owner: _Spot, attribute: str) -> None:
        code = self.builder.add_object("code", name=last_word(owner.path), key=f"{owner.path} code")
        self.builder.add_edge(owner.handle, code, EdgeKind.ATTRIBUTE, name=attribute)
        self.spots[f"{owner.path} code"] = _Spot(code, "code", f"{owner.path} code")

    def give_names(self, function: _Spot, names: str, home: str) -> None:
        """What the function's code names, and the globals by which it looks them up."""
        if names:
            code = self.spots[f"{function.path} code"]
            listed = self.part(code, "co_names", "tuple")
            for index, name in enumerate(names.split(",")):
                self.builder.add_edge(listed, self.builder.identifier(name), EdgeKind.ELEMENT, index=index)
        if home:
            space = self.part(self.module(home), "__dict__", "dict")
            self.builder.add_edge(function.handle, space, EdgeKind.ATTRIBUTE, name="__globals__")

    def frame(self, thread: _Spot, text: str) -> _Spot:
        path = f"{thread.path} {text}"
        if path not in self.spots:
            self.builder.set_type("running frame", flags=TypeFlag.PSEUDO)
            spot = _Spot(self.builder.add_object("running frame", size=0, key=path), "running frame", path)
            self.builder.add_root(RootKind.THREAD, thread.path, spot.handle)
            self.code(spot, "f_code")
            self.spots[path] = spot
        return self.spots[path]

    def link(self, owner: _Spot, edge: str, number: int, target: _Spot) -> None:
        builder, word, name = self.builder, *edge.partition(" ")[::2]
        if edge.startswith("."):
            self.link_attribute(owner, edge[1:], target)
        elif edge == "{}":
            builder.add_edge(owner.handle, target.handle, EdgeKind.MEMBER)
        elif edge.startswith("["):
            self.link_item(owner, edge[1:-1].strip("'\""), number, target)
        elif word in ("default", "kwdefault", "closure"):
            self.link_function(owner, word, name, target)
        elif word in VARIABLES:
            builder.add_edge(owner.handle, target.handle, VARIABLES[word], name=name)
            self.declare(owner, VARIABLES[word], name)
        else:
            builder.add_edge(owner.handle, target.handle, BARE[edge])

    def link_attribute(self, owner: _Spot, name: str, target: _Spot) -> None:
        if owner.type in NAMESPACED and (name in KEYS or not name.startswith("__")):
            self.builder.add_global(self.part(owner, "__dict__", "dict"), name, target.handle)
        else:
            self.builder.add_edge(owner.handle, target.handle, EdgeKind.ATTRIBUTE, name=name)

    def link_item(self, owner: _Spot, key: str, number: int, target: _Spot) -> None:
        builder = self.builder
        if owner.type in SEQUENCES:
            index = int(key) + number if key.lstrip("-").isdigit() else self.count(f"{owner.path} elements")
            builder.add_edge(owner.handle, target.handle, EdgeKind.ELEMENT, index=index)
            return
        holder = self.spots.get(f"{owner.path} cache", owner).handle
        if key.lstrip("-").isdigit():
            builder.add_int_item(holder, int(key) + number, target.handle)
        elif key in ("None", "True", "False"):
            builder.add_item(holder, builder.singleton(key), target.handle)
        elif key in ("*", "?"):
            masked = builder.add_object(
                "str" if key == "*" else "tuple", key=f"{target.path} key of {owner.path}"
            )
            builder.add_item(holder, masked, target.handle)
        else:
            builder.add_global(holder, key, target.handle)

    def link_function(self, owner: _Spot, word: str, name: str, target: _Spot) -> None:
        builder, values = self.builder, self.variables.setdefault(f"{owner.path} {word}", [])
        if word == "kwdefault":
            builder.add_global(self.part(owner, "__kwdefaults__", "dict"), name, target.handle)
        elif word == "default":
            defaults = self.part(owner, "__defaults__", "tuple")
            builder.add_edge(defaults, target.handle, EdgeKind.ELEMENT, index=len(values))
        else:
            cell = builder.add_object("cell", key=f"{owner.path} cell {name}")
            builder.add_edge(cell, target.handle, EdgeKind.ATTRIBUTE, name="cell_contents")
            builder.add_edge(
                self.part(owner, "__closure__", "tuple"), cell, EdgeKind.ELEMENT, index=len(values)
            )
        values.append(name)
        self.declare(owner, EdgeKind.FREE if word == "closure" else EdgeKind.LOCAL, name)

    def declare(self, owner: _Spot, kind: EdgeKind, name: str) -> None:
        """Record the variable in the code object, arguments first, as the interpreter orders them."""
        code = self.spots.get(f"{owner.path} code")
        if code is None:
            return
        kinds = {"default": EdgeKind.LOCAL, "kwdefault": EdgeKind.LOCAL, "closure": EdgeKind.FREE}
        other = self.variables.setdefault(f"{owner.path} {kind.name}", [])
        if owner.type == "frame":
            other.append(name)
            kinds = {each.name: each for each in VARIABLES.values()}
        groups = {word: self.variables.get(f"{owner.path} {word}", []) for word in kinds}
        variables = [(kinds[word], each) for word, names in groups.items() for each in names]
        self.builder.declare(
            code.handle, variables, len(groups.get("default", ())), len(groups.get("kwdefault", ()))
        )

    def part(self, owner: _Spot, attribute: str, type_name: str) -> Handle:
        """An object's `__dict__`, `__defaults__`, …, made when first needed."""
        path = f"{owner.path} .{attribute}"
        if path not in self.spots:
            made = _Spot(self.builder.add_object(type_name, key=path), type_name, path)
            self.builder.add_edge(owner.handle, made.handle, EdgeKind.ATTRIBUTE, name=attribute)
            self.spots[path] = made
        return self.spots[path].handle

    def count(self, what: str) -> int:
        self.counts[what] += 1
        return self.counts[what] - 1
