"""Flask and what comes with it: Werkzeug, Jinja, blinker, marshmallow, WTForms, the debug toolbar."""

from typing import Final

from heapdiff.knowledge.pattern import Pattern

CONTEXTS: Final = (
    Pattern(
        "Flask contexts were pushed and never popped: each keeps the one before it, with its app and `g`.",
        "Push a context with `with app.app_context():`, or pop it; look in threads and scripts.",
        path=r"^flask\.globals\._cv_(app|request)\b",
    ),
)

FLASK: Final = (
    Pattern(
        "Flask keeps every function registered with the application or blueprint.",
        "Register request functions once, at start-up, not inside a view or a factory that runs per request.",
        path=r"\.(before_request_funcs|after_request_funcs|teardown_request_funcs|teardown_appcontext_funcs"
        r"|template_context_processors|url_value_preprocessors|url_default_functions|shell_context_processors"
        r"|error_handler_spec|before_first_request_funcs|view_functions)\b",
    ),
    Pattern(
        "Blueprints are registered again and again.",
        "Register each blueprint once, at start-up.",
        path=r"\.(blueprints|_blueprints|deferred_functions)\b",
        through=r"^flask\.",
    ),
    Pattern(
        "Rules are added to the URL map while requests are served.",
        "Add routes once, at start-up.",
        path=r"url_map\.",
    ),
    Pattern(
        "A signal keeps its receivers until they are disconnected.",
        "Connect the receiver once, at import, or use `connected_to` so that it is disconnected again.",
        path=r"\.(receivers|_by_sender|_by_receiver|_weak_senders)\b",
        through=r"^(blinker|flask\.signals)\.",
    ),
    Pattern(
        "blinker signals are created under a new name each time.",
        "Create signals once, at import, under fixed names; pass what changes as the sender or as arguments.",
        through=r"^blinker\.base\.(Namespace|default_namespace)",
    ),
    Pattern(
        "Jinja keeps compiled templates; the environment's own cache holds 400 at most.",
        "Create one Environment, at start-up, and don't build templates from strings per request.",
        path=r"jinja2?(_env)?\b.*\bcache|_spontaneous_environments|jinja2\..*cache|\.jinja_env\.cache",
    ),
    Pattern(
        "Jinja templates or environments are created again and again.",
        "Create one Environment at start-up; `from_string` compiles each time, so keep the template you get.",
        drags=r"jinja2\.environment\.(Environment|Template)|jinja2\.sandbox\.SandboxedEnvironment",
    ),
    Pattern(
        "marshmallow keeps every schema class under its name.",
        "Define schema classes once, at import; give those made at run time `class Meta: register = False`.",
        through=r"^marshmallow\.class_registry\.",
    ),
    Pattern(
        "WTForms keeps translations for each set of languages that a request asks for.",
        "Set `locales` in the form's Meta to those you support, or `cache_translations = False`.",
        path=r"translations_cache",
        through=r"^wtforms\.",
    ),
    Pattern(
        "Form classes are created at run time.",
        "Define form classes once, at import; add what changes to an instance or use a FieldList.",
        drags=r"wtforms\.form\.FormMeta",
    ),
    Pattern(
        "The debug toolbar keeps what its panels recorded.",
        "Turn the debug toolbar off outside development.",
        through=r"^flask_debugtoolbar\.",
    ),
    Pattern(
        "Applications are created again and again; each keeps its routes, templates and extensions.",
        "Call the application factory once per process.",
        drags=r"flask\.app\.Flask",
    ),
    Pattern(
        "Flask requests or contexts are kept; each keeps its headers, its body and whatever `g` holds.",
        "Store the values you need from `request` and `g`, not those objects or a response made from them.",
        drags=r"flask\.wrappers\.Request|flask\.ctx\.(App|Request)Context|flask\.ctx\._AppCtxGlobals"
        r"|werkzeug\.wrappers\.request\.Request",
    ),
)
