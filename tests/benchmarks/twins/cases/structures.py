"""Data structures that are larger than what's in them needs."""

from typing import Final

from tests.benchmarks.twins.case import Twin

ROW = """
class Row:
    {}
    def __init__(self, number):
        self.number, self.amount, self.place, self.owner = number, None, None, None
ROWS = [Row(None) for _ in range(N)]
"""
RECORDS = """
from dataclasses import dataclass
@dataclass(slots=True)
class Record:
{fields}
ROWS = [Record({values}) for _ in range(N)]
"""
HOLDER = """
class Order:
    __slots__ = ("lines",)
    def __init__(self):
        self.lines = {}
ORDERS = [Order() for _ in range(N)]
"""


def records(*keys: str) -> str:
    return RECORDS.format(
        fields="\n".join(f"    {key}: object" for key in keys), values=", ".join(["None"] * len(keys))
    )


def dicts(*keys: str) -> str:
    return f"import dataclasses, inspect\nROWS = [{{{', '.join(f'{key!r}: None' for key in keys)}}} for _ in range(N)]"


FOUR = ("sku", "title", "price", "stock")
EIGHT = (*FOUR, "weight", "vendor", "rating", "colour")

# The waste imports what @dataclass(slots=True) imports, which is no waste of records.
TWINS: Final = (
    Twin(
        "slots", "slots", ROW.format("pass"), ROW.format('__slots__ = ("number", "amount", "place", "owner")')
    ),
    Twin(
        "slots-of-two-classes",
        "slots",
        """
        class Base:
            def __init__(self, number):
                self.number = number
        class Row(Base):
            def __init__(self, number):
                super().__init__(number)
                self.amount = None
        ROWS = {number: Row(None) for number in range(N)}
        """,
        """
        class Base:
            __slots__ = ("number",)
            def __init__(self, number):
                self.number = number
        class Row(Base):
            __slots__ = ("amount",)
            def __init__(self, number):
                super().__init__(number)
                self.amount = None
        ROWS = {number: Row(None) for number in range(N)}
        """,
    ),
    Twin(
        "slots-of-a-dataclass",
        "slots",
        """
        import inspect
        from dataclasses import dataclass
        from weakref import ref
        @dataclass
        class Row:
            number: object
            amount: object = None
            place: object = None
        ROWS = [Row(None) for _ in range(N)]
        FIRST = ref(ROWS[0])
        """,
        """
        from dataclasses import dataclass
        from weakref import ref
        @dataclass(slots=True, weakref_slot=True)
        class Row:
            number: object
            amount: object = None
            place: object = None
        ROWS = [Row(None) for _ in range(N)]
        FIRST = ref(ROWS[0])
        """,
    ),
    Twin(
        "instance-dicts",
        "instance-dicts",
        ROW.format("pass") + "for each in ROWS: vars(each)",
        ROW.format('__slots__ = ("number", "amount", "place", "owner")'),
    ),
    Twin(
        "instance-dicts-of-many-attributes",
        "instance-dicts",
        """
        class Row:
            def __init__(self):
                for number in range(34):
                    setattr(self, f"field_{number}", None)
        ROWS = [Row() for _ in range(N)]
        """,
        """
        class Row:
            __slots__ = tuple(f"field_{number}" for number in range(34))
            def __init__(self):
                for number in range(34):
                    setattr(self, f"field_{number}", None)
        ROWS = [Row() for _ in range(N)]
        """,
        items=20_000,
    ),
    Twin("same-keys", "same-keys", dicts(*FOUR), records(*FOUR)),
    Twin("same-eight-keys", "same-keys", dicts(*EIGHT), records(*EIGHT)),
    Twin(
        "same-keys-from-json",
        "same-keys",
        """
        import dataclasses, inspect, json
        ROWS = json.loads(json.dumps([{"sku": None, "title": None, "price": None} for _ in range(N)]))
        """,
        """
        from dataclasses import dataclass
        @dataclass(slots=True)
        class Record:
            sku: object
            title: object
            price: object
        import json
        ROWS = json.loads(json.dumps([None for _ in range(N)]))
        for at in range(N):
            ROWS[at] = Record(None, None, None)
        """,
    ),
    Twin(
        "same-keys-one-by-one",
        "same-keys",
        """
        import dataclasses, inspect, json
        ROWS = [json.loads('{"sku": null, "title": null, "price": null}') for _ in range(N)]
        """,
        """
        from dataclasses import dataclass
        @dataclass(slots=True)
        class Record:
            sku: object
            title: object
            price: object
        import json
        ROWS = [Record(**json.loads('{"sku": null, "title": null, "price": null}')) for _ in range(N)]
        """,
    ),
    Twin(
        "boxed-floats",
        "boxed-numbers",
        "PRICES = [number + 0.5 for number in range(N)]",
        'from array import array\nPRICES = array("d", [number + 0.5 for number in range(N)])',
        items=300_000,
        rss=False,
    ),
    Twin(
        "boxed-ints",
        "boxed-numbers",
        "HISTORY = {day: [1000 * day + number for number in range(90)] for day in range(N)}",
        'from array import array\nHISTORY = {day: array("q", [1000 * day + number for number in range(90)]) for day in range(N)}',
        items=3000,
    ),
    *(
        Twin(f"empty-{kind}s", "empty-containers", HOLDER.format(made), HOLDER.format("None"))
        for kind, made in (("dict", "{}"), ("list", "[]"), ("set", "set()"))
    ),
    Twin(
        "single-lists",
        "single-containers",
        "ORDERS = [[] for _ in range(N)]\nfor each in ORDERS: each.append(None)",
        "ORDERS = [(number,) for number in [None] * N]",
    ),
    Twin(
        "single-sets",
        "single-containers",
        "ORDERS = [{None} for _ in range(N)]",
        "ORDERS = [(number,) for number in [None] * N]",
    ),
    Twin(
        "single-dicts",
        "single-containers",
        'ORDERS = [{"EUR": None} for _ in range(N)]',
        'ORDERS = [("EUR", number) for number in [None] * N]',
    ),
    Twin(
        "emptied-dicts",
        "emptied-containers",
        """
        PENDING = [{"a": None, "b": None} for _ in range(N)]
        for each in PENDING:
            del each["a"], each["b"]
        """,
        """
        PENDING = [{"a": None, "b": None} for _ in range(N)]
        for each in PENDING:
            each.clear()
        """,
        rss=False,
    ),
    Twin(
        "emptied-set",
        "emptied-containers",
        """
        PENDING = set(range(N))
        while PENDING:
            PENDING.pop()
        """,
        "PENDING = set(range(N))\nPENDING.clear()",
        rss=False,
    ),
    *(
        Twin(
            f"oversized-{kind}",
            "oversized-containers",
            f"PENDING = {made}\nfor number in range(N - N // 20):\n    PENDING.pop()",
            f"PENDING = {made}\nfor number in range(N - N // 20):\n    PENDING.pop()\nPENDING = {kind}(PENDING)",
            items=300_000,
            rss=False,
        )
        for kind, made in (("set", "set(range(N))"),)
    ),
    Twin(
        "oversized-dict",
        "oversized-containers",
        "PENDING = dict.fromkeys(range(N))\nfor number in range(N - N // 20):\n    del PENDING[number]",
        "PENDING = dict.fromkeys(range(N))\nfor number in range(N - N // 20):\n    del PENDING[number]\nPENDING = dict(PENDING)",
        items=300_000,
        rss=False,
    ),
    Twin(
        "oversized-list",
        "oversized-containers",
        "QUEUE = [None] * N\ndel QUEUE[-(4 * N // 10):]",
        "QUEUE = [None] * N\ndel QUEUE[-(4 * N // 10):]\nQUEUE = list(QUEUE)",
        items=1_000_000,
        rss=False,
    ),
)
