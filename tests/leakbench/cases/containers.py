"""Leaks in containers that a module, a class or an object keeps: lists, dicts, queues, chains, trees."""

from __future__ import annotations

from heapdiff.answers import VerdictKind
from tests.leakbench.case import Case

__all__ = ["CASES"]


# an object that only gets larger has no entries to count: two snapshots cannot tell a leak from growth
_TWO_MAY_DOUBT = (VerdictKind.LEAK, VerdictKind.GROWTH)


def _case(
    name: str,
    title: str,
    path: str,
    *holders: str,
    leaked: str | None = None,
    verdicts: tuple[VerdictKind, ...] = (VerdictKind.LEAK,),
    every: int = 1,
) -> Case:
    """A case whose app has its name; `holders` go on from the app's module, and so does `leaked` after a
    dot.
    """
    app = f"tests.leakbench.apps.{name}"
    own = f"{app}{leaked}" if leaked and leaked.startswith(".") else leaked
    home = app.replace(".", r"\.")
    whole = tuple(rf"{home}\.{holder}" for holder in holders)
    return Case(name, title, app, path, whole, own, verdicts, every=every)


_KEY = r"\['…'\]"

CASES: tuple[Case, ...] = (
    _case("module_list", "A module's list", "/pages/{n}", "VIEWS", leaked=".PageView"),
    _case("module_dict_str", "A module's dict, keyed by str", "/", "SESSIONS", leaked=".Session"),
    _case("module_dict_int", "A module's dict, keyed by int", "/orders/{n}", "ORDERS", leaked=".Order"),
    _case("module_set", "A module's set", "/hooks/shop/{n}", "SEEN", leaked=".Delivery"),
    _case("unbounded_deque", "A deque without maxlen", "/jobs/{n}", "RECENT", leaked=".Incident"),
    _case("ordered_dict", "An OrderedDict that never evicts", "/cart/v{n}/add/{n}", "CARTS", leaked=".Cart"),
    _case(
        "defaultdict_lists",
        "Five growing lists in a defaultdict",
        "/readings/{n}",
        rf"READINGS{_KEY}",
        "READINGS",
        leaked=".Reading",
    ),
    _case("defaultdict_keys", "A lookup adds the missing key", "/login/{n}", "FAILURES", leaked="list"),
    _case(
        "nested_store",
        "Lists in dicts in a dict of an object",
        "/files/{n}",
        rf"TRAIL\.by_department{_KEY}{_KEY}",
        leaked=".Entry",
    ),
    _case("class_list", "A list of a class", "/ship/{n}", r"Shipment\.everything", leaked=".Shipment"),
    _case(
        "class_registry",
        "A base class's registry of instances",
        "/invoices/{n}",
        r"Model\._instances",
        leaked=".Invoice",
    ),
    _case(
        "extension_store",
        "A chain of attributes below app.extensions",
        "/news/{n}",
        rf"app\.extensions{_KEY}\.store\.items",
        leaked=".Sighting",
    ),
    _case("linked_head", "A linked list that grows at its head", "/edit/{n}", "HEAD", leaked=".Step"),
    _case("linked_tail", "A linked list that grows at its tail", "/run/{n}", r"LOG\.first", leaked=".Record"),
    _case("binary_tree", "A binary tree", "/offer/{n}", r"OFFERS\.root", leaked=".Offer"),
    _case("graph_friends", "A graph with references both ways", "/join/p{n}", "FOUNDER", leaked=".Person"),
    _case("rebuilt_list", "A list that is built anew, longer", "/alert/{n}", "ALERTS", leaked=".Alert"),
    _case("rebuilt_tuple", "A class's tuple with +=", "/plan/{n}", r"Planner\.made", leaked=".Plan"),
    _case("swapped_dict", "A dict swapped for a bigger copy", "/go/{n}", "TARGETS", leaked=".Target"),
    _case("slots_chain", "Objects with slots in nested tuples", "/docs/{n}", "TRAIL", leaked=".Crumb"),
    _case(
        "chain_map",
        "A ChainMap that grows by new_child",
        "/list/{n}",
        "SETTINGS",
        r"SETTINGS\.maps",
        leaked=".Choice",
    ),
    _case("tee_unread", "The unread half of itertools.tee", "/feed", "ARCHIVE", leaked=".Article"),
    _case("memoryview_slices", "Small views of big buffers", "/upload/{n}", "HEADERS", leaked="bytearray"),
    _case("interned_strings", "Interned strings in a set", "/tag/T{n}", "TAGS", leaked="str"),
    _case(
        "two_indexes",
        "A dict and an index hold the same objects",
        "/register/{n}",
        "BY_NUMBER",
        "BY_ADDRESS",
        leaked=".Customer",
    ),
    _case(
        "cache_and_queue",
        "A cache and its eviction queue",
        "/wiki/{n}",
        r"CACHE\.pages",
        r"CACHE\.order",
        leaked=".Page",
    ),
    Case(
        "two_modules",
        "Two modules hold the same objects",
        "tests.leakbench.apps.two_modules",
        "/book/{n}",
        (
            r"tests\.leakbench\.apps\.two_modules\.BOOKINGS",
            r"tests\.leakbench\.apps\.two_modules_audit\.SHOWN",
        ),
        "tests.leakbench.apps.two_modules.Booking",
    ),
    _case(
        "queue_without_consumer",
        "A queue without a consumer",
        "/order/n{n}",
        r"OUTBOX\.queue",
        leaked=".Mail",
    ),
    _case("heap_queue", "A list used as a heap", "/remind/{n}", "SCHEDULE", leaked=".Reminder"),
    _case("string_chunks", "Chunks of a string", "/export/{n}", r"EXPORT\.chunks", leaked="str"),
    _case("string_concat", "One string that gets longer", "/vote/{n}", "PROTOCOL", verdicts=_TWO_MAY_DOUBT),
    _case(
        "byte_buffer",
        "One bytearray that gets longer",
        "/record/{n}",
        r"RECORDER\.samples",
        verdicts=_TWO_MAY_DOUBT,
    ),
    _case("counter_keys", "A Counter with endless keys", "/search?q=word+{n}", "HITS", leaked="str"),
    _case("rows_of_tuples", "Tuples of plain values", "/sell/{n}", r"REPORT\.rows", leaked="tuple"),
    _case(
        "shared_with_deque",
        "A list of what a bounded deque holds, too",
        "/buy/{n}",
        "ORDERS",
        leaked=".Order",
    ),
    _case(
        "caches_in_dict",
        "One unbounded cache among bounded ones",
        "/list/{n}",
        rf"CACHES{_KEY}\.data",
        leaked=".Answer",
    ),
    _case(
        "attributes_of_app",
        "One of two attributes set on the Flask object",
        "/page/{n}",
        r"app\.visitors",
        leaked="str",
    ),
    _case(
        "few_large",
        "Few entries, but large",
        "/work/{n}",
        "REPORTS",
        leaked="bytes",
        verdicts=_TWO_MAY_DOUBT,
        every=20,
    ),
    _case(
        "modules_by_hand", "Modules that sys.modules does not have", "/price/c{n}", "RULES", leaked="module"
    ),
    _case("dict_subclass", "A dict of its own class", "/token/owner{n}", "TOKENS", leaked=".Token"),
    _case("user_dict", "A UserDict", "/draft/title{n}", r"DRAFTS\.data", leaked=".Draft"),
    _case(
        "namespace_attributes",
        "Attributes set under ever new names",
        "/theme/{n}",
        "PREFERENCES",
        r"PREFERENCES\.__dict__",
        leaked=".Preference",
    ),
    _case(
        "hand_made_lru",
        "A dict and a doubly linked list",
        "/shout/n{n}",
        r"NAMES\.slots",
        r"NAMES\.newest",
        leaked=".Slot",
    ),
    _case("trie_dicts", "A trie of plain dicts", "/search/{n}", "TRIE", leaked="dict"),
    _case("chained_iterators", "Iterators around iterators", "/post/{n}", "FEED", leaked=".Post"),
)
