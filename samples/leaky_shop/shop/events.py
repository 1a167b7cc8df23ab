"""Events in the shop and their handlers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from .models import Order

Handler = Callable[[Order], None]


class Event:
    """An event; its handlers are called in the order they were connected."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.handlers: list[Handler] = []

    def connect(self, handler: Handler) -> None:
        self.handlers.append(handler)

    def emit(self, order: Order) -> None:
        for handler in self.handlers:
            handler(order)


order_paid = Event("order-paid")

AUDIT: deque[str] = deque(maxlen=100)


def audit(order: Order) -> None:
    AUDIT.append(f"{order.number}: {len(order.lines)} lines, {order.total} cents")


order_paid.connect(audit)
