"""Caches that keep what nobody asks for again."""

from typing import Final

from tests.benchmarks.twins.case import Twin

UNBOUNDED = """
import functools
@functools.lru_cache(maxsize={})
def price(number):
    return (number, float(number), str(number) * 40)
for number in range(N):
    price(number), price(number)
"""
COUNTED = """
import functools
{}
def price(number):
    return (number, float(number), str(number) * 40)
for number in range(N):
    price(number)
"""
METHOD = """
import functools
class Product:
    def __init__(self, number):
        self.number = number
        self.title = str(number) * 40
    {}
    def price(self{}):
        return float(self.number)
for number in range(N):
    product = Product(number)
    product.price{}
del product
"""
SIMPLE = """
import time, cachelib.simple
PAGES = cachelib.simple.SimpleCache(threshold=N)
cachelib.simple.time = lambda: time.time() - 3600
for number in range(N // 2):
    {}PAGES.set(str(number), "page" * 50, timeout=60)
cachelib.simple.time = time.time
for number in range(N // 2, N):
    PAGES.set(str(number), "page" * 50, timeout=3600)
"""
PAGES = """
import functools
@functools.lru_cache(maxsize={})
def page(number):
    return "page %d" % number * 100
for number in range(N):
    page(number), page(number)
"""

TWINS: Final = (
    Twin("unbounded-cache", "unbounded-cache", UNBOUNDED.format("None"), UNBOUNDED.format(1024)),
    Twin("unbounded-cache-malloc", "unbounded-cache", PAGES.format("None"), PAGES.format(1024), rss=False, items=30_000),
    Twin("low-hit-rate", "low-hit-rate", COUNTED.format("@functools.lru_cache(maxsize=100_000)"), COUNTED.format("")),
    Twin(
        "cache-on-method",
        "cache-on-method",
        METHOD.format("@functools.lru_cache(maxsize=1 << 20)", ", day", "(number)"),
        METHOD.format("@functools.cached_property", "", ""),
    ),
    Twin(
        "expired-entries",
        "expired-entries",
        SIMPLE.format(""),
        SIMPLE.format("False and "),
        needs=("cachelib",),
    ),
)  # fmt: skip
