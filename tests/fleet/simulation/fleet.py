"""The fleet that is simulated by default: five services, seven releases, two leaks, a fix, a slow leak, and noise."""

from __future__ import annotations

from typing import Final

from tests.fleet.simulation.plan import Holder, Plan, Release, Service

SERVICES: Final = (
    Service("shop", 0.3, 500),
    Service("api", 0.25, 900, night=0.2, peak=0.55),
    Service("search", 0.15, 700, night=0.4),
    Service("accounts", 0.15, 160, night=0.15, peak=0.7),
    Service("mailer", 0.15, 240, night=0.6, peak=0.1, counts=False),
)
EVERYWHERE: Final = tuple(service.name for service in SERVICES)


def _roll(first: float, *services: str) -> dict[str, float]:
    """Not all services at once."""
    return {name: first + 0.02 * number for number, name in enumerate(services)}


RELEASES: Final = (
    Release("v1.8.0", dict.fromkeys(EVERYWHERE, -1.0)),
    Release("v1.9.0", _roll(0.08, *EVERYWHERE)),
    Release("v1.10.0", _roll(0.22, "shop", "search", "api", "mailer")),
    Release("v1.10.1", _roll(0.36, "api", "mailer", "accounts")),
    Release("v1.11.0", _roll(0.47, "search", "shop", "accounts", "api")),
    Release("v1.12.0", _roll(0.64, "mailer", "shop", "search", "api", "accounts")),
    Release("v1.12.1", _roll(0.82, *EVERYWHERE)),
)
LEAK_FROM, LIBRARY_FROM, SLOW_FROM, FIXED_IN = 2, 3, 4, 5

LEAK: Final = Holder(
    "shop.cache.SESSIONS",
    "shop.models.Session",
    "leak",
    ("shop",),
    rate=1.0,
    each=2200,
    objects=6,
    site="shop/cache.py:31 in session_for",
    entry="view shop.product",
    strength={LEAK_FROM: 1.0, FIXED_IN: 0.0},
)
LIBRARY: Final = Holder(
    "acme_http.POOL.history",
    "acme_http.Exchange",
    "leak",
    ("api", "mailer"),
    rate=0.4,
    each=610,
    holder="instance-attribute",
    type="list",
    own=False,
    strength={LIBRARY_FROM: 1.0},
)
SLOW: Final = Holder(
    "search.audit.TRAIL",
    "search.audit.Note",
    "leak",
    ("search",),
    rate=1 / 150,
    each=1150,
    type="list",
    strength={SLOW_FROM: 1.0},
)
NOISE: Final = (
    Holder("jinja2.environment.Environment.cache", "jinja2.Template", "warm-up", EVERYWHERE, 160, 5200, 3, True, 40, False),
    Holder("app.registry.HANDLERS", "app.registry.Handler", "warm-up", EVERYWHERE, 220, 900, 1.5, True),
    Holder(  # what one more module brings, from a release on; and more of it later
        "app.i18n.CATALOGS", "app.i18n.Catalog", "warm-up", ("shop", "api", "accounts"), 150, 3000, 2, True,
        strength={4: 1.0, 5: 2.0},
    ),
    Holder(
        "shop.pricing.quote.<lru_cache>", "shop.pricing.Price", "filling", ("shop", "api"), 8192, 420, 9000,
        holder="lru-cache", type="functools._lru_cache_wrapper",
    ),
    Holder("search.index.PAGES", "str", "filling", ("search", "accounts"), 5000, 1900, 5000),
    Holder("app.jobs.QUEUE", "app.jobs.Job", "queue", ("mailer", "api", "shop"), 0.04, 210, 700, type="collections.deque"),
    Holder("app.views.v{}.recent", "dict", "chance", EVERYWHERE, 0.003, 800, 900),
)  # fmt: skip


def plan_fleet(workers: int, days: float, per_day: int, seed: int) -> Plan:
    return Plan(SERVICES, RELEASES, (LEAK, LIBRARY, SLOW, *NOISE), workers, days, per_day, seed)
