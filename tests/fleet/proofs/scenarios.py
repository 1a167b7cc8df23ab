"""Releases that a gate must let pass, stop, or say of that it can't tell: what each is, before any answer is read."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tests.fleet.simulation.fleet import NOISE
from tests.fleet.simulation.plan import Holder, Plan, Release, Service

__all__ = ["AFTER", "BEFORE", "KINDS", "Scenario", "make_scenario", "make_scenarios"]

BEFORE, AFTER = "v2.9.0", "v2.10.0"
PASS, FAIL, OPEN = "passed", "failed", "inconclusive"
PER_DAY, DAYS = 48, 2.5
SIZES: Final = (8, 12, 20, 40, 80)
SURELY: Final = (
    0.001  # the chance (Fisher's) that workers which leak anyhow are all among the later release's
)
SERVICE: Final = Service("shop", 1.0, 400)
QUIET: Final = Service("mailer", 1.0, 200, night=0.9, counts=False)


@dataclass(frozen=True, slots=True)
class Scenario:
    """`right`: the verdicts that are right; `culprits`: the fingerprints that a `failed` must name, and no others."""

    number: int
    kind: str
    workers: int
    bytes_per_request: float
    plan: Plan
    right: frozenset[str]
    culprits: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Draft:
    leaks: tuple[Holder, ...] = ()
    noise: tuple[Holder, ...] = ()
    service: Service = SERVICE
    traffic: float = 1.0
    culprit: bool = False
    few: bool = False


def make_scenarios(count: int, seed: int) -> list[Scenario]:
    """By turns: half of them with a leak that the release brought or made larger."""
    bad, good = [[kind for kind in KINDS if KINDS[kind][0] is leaks] for leaks in (True, False)]
    kinds = [(bad if number % 2 == 0 else good) for number in range(count)]
    chosen = [some[number // 2 % len(some)] for number, some in enumerate(kinds)]
    return [make_scenario(kind, number, seed * 1000 + number) for number, kind in enumerate(chosen)]


def make_scenario(kind: str, number: int, seed: int, among: Sequence[int] = SIZES) -> Scenario:
    """With one of these numbers of workers."""
    chance = random.Random(f"{kind} {seed}")
    draft = KINDS[kind][1](chance)
    workers = chance.choice(among)
    service = draft.service
    name = service.name
    noise = tuple(replace(each, services=(name,)) for each in NOISE)
    taken = {each.path for each in draft.noise}
    holders = (*draft.leaks, *(each for each in noise if each.path not in taken), *draft.noise)
    after = Release(AFTER, {name: 0.4}, canary=0.1, waits=0.03, takes=0.03)
    if draft.few:  # one worker, for two hours
        after = Release(AFTER, {name: 1 - 2.2 / 24 / DAYS}, canary=1e-9, waits=2.0)
    plan = Plan(
        (service,),
        (Release(BEFORE, {name: -1.0}), after),
        tuple(replace(each, services=(name,)) for each in holders),
        workers,
        DAYS,
        PER_DAY,
        seed,
        skews=(420.0,),
        traffic={0: 1.0, 1: draft.traffic},
    )
    leak = draft.leaks[0] if draft.leaks else None
    size = leak.rate * max(leak.strength.values()) * leak.each if leak else 0.0
    culprits = frozenset(each.fingerprint for each in draft.leaks[:1] if draft.culprit)
    return Scenario(number, kind, workers, size, plan, _right(draft, workers), culprits)


def _right(draft: _Draft, workers: int) -> frozenset[str]:
    """Few workers that show a leak may be a reason to fail or not to tell; few in which nothing shows are no all-clear."""
    if draft.few and not draft.culprit:
        return frozenset((OPEN,))
    if not draft.culprit:
        return frozenset((PASS,))
    affected = 1 if draft.few else round(draft.leaks[0].affects * workers)
    by_chance = math.comb(workers, affected) / math.comb(2 * workers, affected)
    return frozenset((FAIL,) if by_chance <= SURELY else (FAIL, OPEN))


def _leak(chance: random.Random, rate: float, each: int, **more: object) -> Holder:
    where = chance.choice(("cache.SESSIONS", "events.HANDLERS", "audit.TRAIL", "pricing.RULES"))
    own = Holder(f"shop.{where}", "shop.models.Kept", "leak", (), rate, each)
    return replace(own, **more)  # type: ignore[arg-type]


def _new(chance: random.Random) -> _Draft:
    leak = _leak(chance, 1.0, chance.choice((400, 900, 2500)), strength={1: 1.0})
    return _Draft((leak,), culprit=True)


def _new_small(chance: random.Random) -> _Draft:
    leak = _leak(chance, chance.choice((0.03, 0.06, 0.1)), chance.choice((600, 1200)), strength={1: 1.0})
    return _Draft((leak,), culprit=True)


def _new_in_library(chance: random.Random) -> _Draft:
    made = Holder(
        "acme_http.POOL.history", "acme_http.Exchange", "leak", (), 0.4, 700, own=False, type="list"
    )
    return _Draft((replace(made, rate=chance.choice((0.3, 0.7)), strength={1: 1.0}),), culprit=True)


def _new_in_some(chance: random.Random) -> _Draft:
    leak = _leak(chance, 1.0, 1500, strength={1: 1.0}, affects=chance.choice((0.25, 0.5, 0.8)))
    return _Draft((leak,), culprit=True)


def _new_uncounted(chance: random.Random) -> _Draft:
    leak = _leak(chance, 0.8, chance.choice((500, 2000)), strength={1: 1.0})
    return _Draft((leak,), service=QUIET, culprit=True)


def _grown(chance: random.Random) -> _Draft:
    leak = _leak(chance, 0.3, chance.choice((500, 1500)), strength={0: 1.0, 1: chance.choice((2.0, 3.0))})
    return _Draft((leak,), culprit=True)


def _few_with_leak(chance: random.Random) -> _Draft:
    return replace(_new(chance), few=True)


def _nothing(_: random.Random) -> _Draft:
    return _Draft()


def _known(chance: random.Random) -> _Draft:
    return _Draft((_leak(chance, chance.choice((1.0, 0.4)), 900, strength={0: 1.0}),))


def _known_busier(chance: random.Random) -> _Draft:
    return replace(_known(chance), traffic=chance.choice((0.6, 1.6)))


def _fixed(chance: random.Random) -> _Draft:
    return _Draft((_leak(chance, 1.0, 1500, strength={0: 1.0, 1: 0.0}),))


def _new_warm_up(chance: random.Random) -> _Draft:
    entries = chance.choice((100, 400))
    path = "shop.i18n.CATALOGS"
    return _Draft(
        noise=(Holder(path, "shop.Catalog", "warm-up", (), entries, 4000, 2, True, strength={1: 1.0}),)
    )


def _larger_cache(chance: random.Random) -> _Draft:
    cache = next(each for each in NOISE if each.kind == "filling" and each.held == "str")
    return _Draft(noise=(replace(cache, rate=2500, strength={0: 1.0, 1: chance.choice((1.5, 2.0))}),))


def _burstier(chance: random.Random) -> _Draft:
    queue = next(each for each in NOISE if each.kind == "queue")
    return _Draft(noise=(replace(queue, strength={0: 1.0, 1: chance.choice((1.5, 2.0))}),))


def _few_without(_: random.Random) -> _Draft:
    return _Draft(few=True)


KINDS: Final[dict[str, tuple[bool, Callable[[random.Random], _Draft]]]] = {
    "new leak": (True, _new),
    "new small leak": (True, _new_small),
    "new leak in a library": (True, _new_in_library),
    "new leak in some workers": (True, _new_in_some),
    "new leak, nothing counted": (True, _new_uncounted),
    "larger leak": (True, _grown),
    "new leak, one worker": (True, _few_with_leak),
    "nothing": (False, _nothing),
    "a leak as before": (False, _known),
    "a leak as before, other traffic": (False, _known_busier),
    "a leak fixed": (False, _fixed),
    "new warm-up": (False, _new_warm_up),
    "larger cache": (False, _larger_cache),
    "larger bursts": (False, _burstier),
    "nothing, one worker": (False, _few_without),
}
