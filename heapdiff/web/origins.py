"""Whether a request comes from a page of ours, as far as its headers say so."""

from typing import Final

from flask import Request

FORM_MOST: Final = 4096
FORM_TYPE: Final = "application/x-www-form-urlencoded"


def is_from_elsewhere(request: Request) -> bool:
    """Whether the browser says that another site's page asks for this. What it isn't asked for is a link that a user typed."""
    return request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none")


def is_same_origin(request: Request) -> bool:
    """Whether a form's page is of this host and port. A proxy may have ended TLS, so the scheme isn't compared."""
    origin = request.headers.get("Origin")
    return origin is None or origin.partition("://")[2] == request.environ.get("HTTP_HOST", "")


def refuse_shape(request: Request) -> tuple[int, str] | None:
    """Why this can't be a form of ours, whoever sent it: status and sentence."""
    length = request.content_length
    if length is None or length > FORM_MOST:
        return 413, f"a form has up to {FORM_MOST} bytes, and says how many"
    if request.mimetype != FORM_TYPE:
        return 415, "a form is sent as a browser sends it"
    return None
