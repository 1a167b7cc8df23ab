"""Leaks of a fleet by hand: one that grows, one that's fixed, one that's none, with a name that tries to do something."""

from __future__ import annotations

from heapdiff.answers import Confidence, FleetLeak, FleetLeaks, LeakState

__all__ = ["fleet"]


def fleet() -> FleetLeaks:
    """As `heapdiff fleet leaks --all` answers."""
    growing = FleetLeak(
        fingerprint="3f9c01d2a4b5",
        path="shop.cache.SESSIONS",
        service="shop",
        state=LeakState.GROWING,
        confidence=Confidence.HIGH,
        reason="Growing in 1,152 of 1,160 intervals of 8 workers, and goes on past the age of 17.1 hours.",
        workers=8,
        workers_observed=8,
        hosts=4,
        first_seen="2026-11-02T00:00:00Z",
        last_seen="2026-11-03T00:00:00Z",
        first_release="1.5.0",
        last_release="1.5.0",
        gone_with=None,
        bytes_per_request=300.0,
        bytes_per_request_margin=12.0,
        requests_per_hour=1800.0,
        bytes_per_hour=540_000.0,
        fleet_bytes_per_hour=4_320_000.0,
        hours_to_limit=31.5,
        hours_to_limit_median=60.0,
        intervals_seen=1152,
        intervals=1160,
        bytes=103_000_000,
        held="shop.models.Session",
        holder_type="dict",
        kind="module-global",
        own=True,
        site="shop/cache.py:31 in session_for",
        entry="shop.product",
        owners=("@acme/shop",),
    )
    fixed = replaced(growing, "77aa01d2a4b5", "shop.views.<locals>.seen", LeakState.FIXED, gone_with="1.5.0")
    noise = replaced(
        growing, "88bb01d2a4b5", "shop['|`<b>\x1b[31m\u202e@user #1']", LeakState.NOISE, own=False
    )
    notes = ("1 holder grows and can't be judged yet: --all lists them with the reason.",)
    return FleetLeaks(
        "lake", "2026-11-01T00:00:00Z", "2026-11-03T00:00:00Z", 1, 16, 2312, (growing, fixed, noise), 2, notes
    )


def replaced(leak: FleetLeak, fingerprint: str, path: str, state: LeakState, **more: object) -> FleetLeak:
    from dataclasses import replace

    return replace(leak, fingerprint=fingerprint, path=path, state=state, **more)  # type: ignore[arg-type]
