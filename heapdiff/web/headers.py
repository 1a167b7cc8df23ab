"""The headers that keep an answer to itself."""

from typing import Final

from flask import Response

POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}


def harden(answer: Response, policy: str = POLICY) -> Response:
    """Nothing may be cached, sniffed, framed, indexed, or load anything but what is ours."""
    answer.headers.update(HEADERS)
    answer.headers.setdefault("Content-Security-Policy", policy)
    return answer
