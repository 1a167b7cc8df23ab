"""Every number that the fleet's judgement rests on, with its reason. Nothing else decides."""

from typing import Final

AGE_EDGES_S: Final[tuple[int, ...]] = tuple(15 * 2**step for step in range(17))
"""Where one band of ages ends and the next begins: each is twice as long, so that a minute's sample and a month have both some.
The last begins at eleven days."""

WARM_UP_S: Final = 3600
"""Growth that has stopped by this age is a warm-up: imports, pools, templates. What stops later is a cache that has filled."""

TOO_YOUNG_S: Final = 240
"""Where the later part of all lives begins before this age, a warm-up may be all that was seen, however steady."""

LEAST_SEEN: Final = 3
"""Intervals with growth before anything is said; one in which `compare` was sure, from three snapshots or more, counts twice."""

LEAST_SEEN_ALONE: Final = 5
"""The same where only one worker has it: nobody else confirms it."""

LATE_SHARE: Final = 0.1
"""The latest bands of age that hold this share of all intervals are the later part of life. Less is a few old workers."""

STEADY: Final = 0.6
"""How much of its rate a leak must keep per doubling of age. A leak keeps all; a cache of keys drawn at random, with the most
common first, keeps half; one that fills to a bound keeps less each time. 0.6 leaves a leak the scatter of its traffic."""

SURELY_FALLING: Final = 0.75
"""What the rate kept, with its margin, must lie below to be called falling; else there is too little to say."""

STOPPED: Final = 0.1
"""The later rate over the one before, below which growth has stopped."""

SCATTER: Final = 2.0
"""The variance of a count of intervals over its mean: intervals of a worker resemble each other more than chance would."""

LEAST_EXPECTED: Final = 8.0
"""How many intervals with growth must have been due for their absence to mean something: by chance, none of 8 has 0.03 %."""

STILL_THERE: Final = 0.25
"""A release has a leak if its intervals show it at least this often, measured by the releases that surely have it."""

GONE: Final = 0.2
"""And has lost it if they show it at most this often."""

RECURRENCE: Final = 0.08
"""Of the other intervals of a worker that has it once, so many must show it again. A slow leak is seen in a part of them, as it
takes a while to weigh enough; what's noise comes back no more often than it comes at all, which is rare."""

RECURRENCE_IF_DOUBTED: Final = 0.15
"""The same where `compare` itself had little confidence in most of them."""

DOUBTED: Final = 0.8
"""Most of them: this share has low confidence."""

LEAST_CHANCES: Final = 10
"""Other intervals before recurrence is measured by them; with fewer, by how many of all intervals show it."""

COMMON: Final = 0.2
"""Which must then be this share."""

NEARLY_ALWAYS: Final = 0.75
"""A holder that gains in this share of its workers' intervals isn't one that drains in between."""

DRAINED: Final = 0.2
"""If, of what a holder gained, all Python objects lose this share in the next interval, it comes and goes. A leak loses none."""

LIVE_S: Final = 86_400
"""A worker counts as running if it was seen within a day of its service's latest snapshot."""

KNOWN_REQUESTS: Final = 0.9
"""The share of a worker's intervals of which the requests must be known for its rate to be per request."""

MOSTLY_KNOWN: Final = 0.75
"""The same share of a release's intervals. Workers that don't count are left out of such rates."""

FAMILY_ERROR: Final = 0.001
"""How often `gate` may fail without a reason, over all fingerprints it looks at: once in a thousand releases."""

LEAST_GROWTH: Final = 1.25
"""A rate must be a quarter higher than before to be called grown, however sure the difference is."""

DOUBT: Final = 0.01
"""A difference that is not significant over all, but by itself as unlikely as this, makes a gate inconclusive and not passed."""

LEAST_WORKERS: Final = 6
"""Workers in each release, each observed over `LEAST_INTERVALS`. With fewer, a leak in every one of them couldn't fail a gate."""

LEAST_INTERVALS: Final = 3
"""Of a worker, and of a release at one band of ages, to be compared."""
