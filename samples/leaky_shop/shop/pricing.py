"""Prices, in the visitor's currency."""

from __future__ import annotations

from functools import lru_cache

from .models import Product

CENTS_PER_EURO = {"EUR": 100, "USD": 109, "GBP": 85, "CHF": 94}


class PriceList:
    """The prices that one visitor sees; a view creates a new list for each request."""

    def __init__(self, currency: str, discount: int) -> None:
        self.currency = currency
        self.discount = discount
        self.vat = 19

    # Leak 2: the cache belongs to the class and its keys hold `self`: no price list that has been asked for a quote ever dies.
    @lru_cache(maxsize=None)  # noqa: B019, UP033
    def quote(self, product: Product) -> int:
        net = product.price * (100 - self.discount) // 100
        return convert(net + net * self.vat // 100, self.currency)


@lru_cache(maxsize=256)
def convert(cents: int, currency: str) -> int:
    """Cents of a euro in another currency. The cache is bounded: it fills up and stops growing."""
    return cents * CENTS_PER_EURO[currency] // 100
