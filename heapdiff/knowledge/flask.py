"""Holders of Flask and what comes with it: Werkzeug, Jinja, blinker, cachelib."""

from __future__ import annotations

from typing import Final

from heapdiff.knowledge.pattern import Pattern

CONTEXTS: Final = (
    Pattern(
        "Contexts of Flask were pushed and never popped: each keeps the one before it, with its app and `g`.",
        "Push a context with `with app.app_context():`, or pop it; look in threads and scripts.",
        path=r"^flask\.globals\._cv_(app|request)\b",
    ),
)

FLASK: Final = (
    Pattern(
        "Flask keeps every function registered with the application or blueprint.",
        "Register request functions once, at start, not inside a view or a factory that runs per request.",
        path=r"\.(before_request_funcs|after_request_funcs|teardown_request_funcs|teardown_appcontext_funcs"
        r"|template_context_processors|url_value_preprocessors|url_default_functions|shell_context_processors"
        r"|error_handler_spec|before_first_request_funcs|view_functions)\b",
    ),
    Pattern(
        "Rules are added to the URL map while requests are served.",
        "Add routes once, at start.",
        path=r"url_map\.",
    ),
    Pattern(
        "A signal keeps its receivers until they are disconnected.",
        "Connect at import, not per request; or disconnect, or use `connected_to`.",
        path=r"\.(receivers|_by_sender|_by_receiver|_weak_senders)\b",
        through=r"^(blinker|flask\.signals)\.",
    ),
    Pattern(
        "Jinja keeps compiled templates; the environment's own cache holds at most 400.",
        "Make one Environment, at start, and do not build templates from strings per request.",
        path=r"jinja2?(_env)?\b.*\bcache|_spontaneous_environments|jinja2\..*cache|\.jinja_env\.cache",
        most=400,
    ),
    Pattern(
        "Templates or environments of Jinja are made again and again.",
        "Make one Environment at start; `from_string` per request compiles code that is kept.",
        held="jinja2.environment.Environment",
    ),
    Pattern(
        "SimpleCache removes entries only when it is above its threshold, and expired ones only then.",
        "Set CACHE_THRESHOLD and CACHE_DEFAULT_TIMEOUT and keep keys few, or cache outside the process.",
        path=r"\._cache$",
        through=r"cachelib\.|flask_caching\.",
    ),
)
