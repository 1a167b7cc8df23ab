"""Who may see the live page: by a cookie that a form gives for the token, or in debug mode from this machine alone.

Independent of the application's sessions and of its secret key. A form is accepted only from a page of ours.
"""

from __future__ import annotations

import hmac
import re
import secrets
import time
from ipaddress import ip_address
from typing import Final

from flask import Request, Response

from heapdiff.agent.settings.settings import Settings
from heapdiff.flask.access import RateLimit, is_authorised
from heapdiff.web.origins import is_from_elsewhere, is_same_origin, refuse_shape

SESSION: Final = "heapdiff_live"
FORM: Final = "heapdiff_form"
LIFETIME_S: Final = 2 * 3600
PURPOSE: Final = b"heapdiff live page, version 1"
SESSION_VALUE: Final = re.compile(r"([0-9]{1,12})\.([0-9a-f]{32})\.([0-9a-f]{64})", re.ASCII)
NONCE: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)
OWN_HOST: Final = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?", re.ASCII | re.IGNORECASE)
PROXIED: Final = ("forwarded", "x-real-ip", "via", "x-client-ip", "true-client-ip", "cf-connecting-ip")
FORWARDED: Final = "x-forwarded-"
OLD_PROTOCOL: Final = (
    "HTTP/1.0"  # no browser's, but nginx's to an upstream, which it tells nothing else by default
)
BEFORE_PROXY_FIX: Final = "werkzeug.proxy_fix.orig"

tries = RateLimit()


def is_on(settings: Settings, debug: bool) -> bool:
    """Whether there is a page at all: asked for by its setting, and somebody can be kept out of it."""
    return settings.live and (settings.token is not None or debug)


def may_enter(request: Request, settings: Settings) -> bool:
    if settings.token is None:
        return is_from_this_machine(request)
    header = request.headers.get("Authorization")
    return (header is not None and is_authorised(header, settings.token)) or has_session(request, settings)


def is_from_this_machine(request: Request) -> bool:
    """Not through a proxy, and not by a name of somebody else's that leads here (DNS rebinding)."""
    before: dict[str, object] = request.environ.get(BEFORE_PROXY_FIX, {})
    addresses = (request.environ.get("REMOTE_ADDR"), before.get("REMOTE_ADDR", "127.0.0.1"))
    if is_proxied(request) or not all(map(is_loopback, addresses)):
        return False
    return OWN_HOST.fullmatch(request.environ.get("HTTP_HOST", "")) is not None


def is_proxied(request: Request) -> bool:
    """Whether anything of it tells of a proxy."""
    names = [name.lower() for name, _ in request.headers]
    told = any(name in PROXIED or name.startswith(FORWARDED) for name in names)
    return told or request.environ.get("SERVER_PROTOCOL") == OLD_PROTOCOL


def is_loopback(address: object) -> bool:
    try:
        return ip_address(str(address)).is_loopback
    except ValueError:
        return False


def open_session(answer: Response, request: Request, settings: Settings) -> None:
    """Give the browser a cookie for this page: the token's proof that it was shown, and until when that counts."""
    body = f"{int(time.time()) + LIFETIME_S}.{secrets.token_hex(16)}"
    _set_cookie(answer, SESSION, f"{body}.{seal(body, settings)}", request, settings)


def close_session(answer: Response, request: Request, settings: Settings) -> None:
    answer.delete_cookie(
        SESSION, path=place_of(request, settings), httponly=True, samesite="Strict", secure=request.is_secure
    )


def has_session(request: Request, settings: Settings) -> bool:
    found = SESSION_VALUE.fullmatch(request.cookies.get(SESSION, ""))
    if found is None:
        return False
    genuine = hmac.compare_digest(found[3], seal(f"{found[1]}.{found[2]}", settings))
    return genuine and 0 < int(found[1]) - time.time() <= LIFETIME_S


def is_token(given: str, settings: Settings) -> bool:
    """Compared in constant time."""
    return settings.token is not None and is_authorised(f"Bearer {given}", settings.token)


def seal(text: str, settings: Settings) -> str:
    """What only a worker that knows the token can say about a text. Every worker that does says the same."""
    key = hmac.digest((settings.token or "").encode("utf-8", "surrogateescape"), PURPOSE, "sha256")
    return hmac.new(key, text.encode(), "sha256").hexdigest()


def nonce_of(request: Request) -> str | None:
    """What the browser keeps so that its forms can be told from other pages' forms."""
    given = request.cookies.get(FORM, "")
    return given if NONCE.fullmatch(given) else None


def new_nonce() -> str:
    return secrets.token_hex(16)


def keep_nonce(answer: Response, nonce: str, request: Request, settings: Settings) -> None:
    _set_cookie(answer, FORM, nonce, request, settings)


def form_token(nonce: str, settings: Settings) -> str:
    """What stands in each form; nobody who can't read the cookie can compute it."""
    return seal(f"form {nonce}", settings)


def refuse_form(request: Request, settings: Settings) -> tuple[int, str] | None:
    """Why a form isn't accepted: status and sentence. None: it came from a page of ours, and is no longer than those are."""
    if refused := refuse_shape(request):
        return refused
    nonce = nonce_of(request)
    given = request.form.get("form", "")
    from_ours = nonce is not None and hmac.compare_digest(
        given.encode("utf-8", "surrogateescape"), form_token(nonce, settings).encode()
    )
    if not from_ours or not is_same_origin(request) or is_from_elsewhere(request):
        return 403, "this form isn't from this page, or the page is too old: go back, reload it and try again"
    return None


def place_of(request: Request, settings: Settings) -> str:
    return request.root_path.rstrip("/") + settings.url_prefix


def _set_cookie(answer: Response, name: str, value: str, request: Request, settings: Settings) -> None:
    answer.set_cookie(
        name,
        value,
        max_age=LIFETIME_S,
        path=place_of(request, settings),
        secure=request.is_secure,
        httponly=True,
        samesite="Strict",
    )
