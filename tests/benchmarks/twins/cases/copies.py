"""Equal strings, bytes, tuples and frozensets, and one of each."""

from tests.benchmarks.twins.case import Twin

TWINS: tuple[Twin, ...] = (
    Twin(
        "duplicate strings",
        "duplicate-text",
        waste="""
        def read(number):
            return f"waiting for carrier {number % 250}"
        STATES = [read(number) for number in range(N)]
        """,
        fixed="""
        import sys
        def read(number):
            return sys.intern(f"waiting for carrier {number % 250}")
        STATES = [read(number) for number in range(N)]
        """,
    ),
    Twin(
        "duplicate strings of objects",
        "duplicate-text",
        waste="""
        import json
        class Order:
            __slots__ = ("number", "city")
            def __init__(self, number, city):
                self.number, self.city = number, city
        CITIES = [json.dumps(f"Zürich {number}", ensure_ascii=False) for number in range(100)]
        ORDERS = {number: Order(number, json.loads(CITIES[number % 100])) for number in range(N)}
        """,
        fixed="""
        import json, sys
        class Order:
            __slots__ = ("number", "city")
            def __init__(self, number, city):
                self.number, self.city = number, sys.intern(city)
        CITIES = [json.dumps(f"Zürich {number}", ensure_ascii=False) for number in range(100)]
        ORDERS = {number: Order(number, json.loads(CITIES[number % 100])) for number in range(N)}
        """,
    ),
    Twin(
        "duplicate bytes",
        "duplicate-text",
        waste="""
        BODIES = [bytes(f"<page {number % 40}>" * 90, "utf-8") for number in range(N)]
        """,
        fixed="""
        SHARED = {}
        def share(body):
            return SHARED.setdefault(body, body)
        BODIES = [share(bytes(f"<page {number % 40}>" * 90, "utf-8")) for number in range(N)]
        """,
        items=20_000,
        rss=False,
    ),
    Twin(
        "equal tuples",
        "equal-tuples",
        waste="""
        COLOURS, SIZES = ("red", "green", "blue"), ("S", "M", "L", "XL")
        VARIANTS = [(COLOURS[number % 3], SIZES[number % 4], number % 2) for number in range(N)]
        """,
        fixed="""
        COLOURS, SIZES = ("red", "green", "blue"), ("S", "M", "L", "XL")
        SHARED = {}
        def share(variant):
            return SHARED.setdefault(variant, variant)
        VARIANTS = [share((COLOURS[number % 3], SIZES[number % 4], number % 2)) for number in range(N)]
        """,
    ),
    Twin(
        "equal tuples of texts in tuples",
        "equal-tuples",
        waste="""
        def read(number):
            return (f"rule {number % 30}", (f"minimum {number % 30}", f"maximum {number % 30}"))
        RULES = {number: read(number) for number in range(N)}
        """,
        fixed="""
        SHARED = {}
        def read(number):
            rule = (f"rule {number % 30}", (f"minimum {number % 30}", f"maximum {number % 30}"))
            return SHARED.setdefault(rule, rule)
        RULES = {number: read(number) for number in range(N)}
        """,
    ),
    Twin(
        "equal frozensets",
        "equal-tuples",
        waste="""
        RIGHTS = [frozenset(("read", "write", ("ship", "bill", "pack")[number % 3])) for number in range(N)]
        """,
        fixed="""
        SHARED = {}
        def share(rights):
            return SHARED.setdefault(rights, rights)
        RIGHTS = [share(frozenset(("read", "write", ("ship", "bill", "pack")[number % 3]))) for number in range(N)]
        """,
    ),
)
