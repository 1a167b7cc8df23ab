"""Flask's extensions, and cachelib: what each keeps in the worker. `seen.py` has the releases that were looked at."""

from typing import Final

from heapdiff.knowledge.pattern import Pattern

RECORDED: Final = (  # before what is said of the app context that has them
    Pattern(
        "Flask-SQLAlchemy records each query in `g`, and this app context has not ended.",
        "Set SQLALCHEMY_RECORD_QUERIES to False outside development, or push a context for each piece of work: "
        "`with app.app_context():`.",
        path=r"\._?sqlalchemy_queries\b",
        known_as="Flask-SQLAlchemy's recorded queries",
        instead=True,
    ),
)

FLASK_EXTENSIONS: Final = (
    Pattern(
        "Flask-Caching's SimpleCache removes entries, even expired ones, only when it is above its threshold.",
        "Lower CACHE_THRESHOLD (500 by default), use fewer different keys, or cache outside the process: "
        "CACHE_TYPE = 'RedisCache'.",
        path=r"\._cache$",
        through=r"^flask_caching\.backends\.simplecache\.",
        known_as="Flask-Caching's SimpleCache",
        instead=True,
    ),
    Pattern(
        "Flask-Session keeps a session for each client, and SimpleCache removes them only when it is above its threshold.",
        "Give the SimpleCache in SESSION_CACHELIB a lower threshold, set SESSION_TYPE = 'redis', or don't write to "
        "`session` until a client has logged in.",
        path=r"\._cache$",
        through=r"^flask_session\.",
        known_as="Flask-Session's sessions",
        instead=True,
    ),
    Pattern(
        "cachelib's SimpleCache removes entries, even expired ones, only when it is above its threshold.",
        "Lower its `threshold` (500 by default), use fewer different keys, or cache outside the process: "
        "`cachelib.RedisCache`.",
        path=r"\._cache$",
        through=r"^cachelib\.",
        known_as="cachelib's SimpleCache",
        instead=True,
    ),
    Pattern(
        "A moving window of Flask-Limiter has a list for each key, which the limits package keeps even when it is empty.",
        "Use another `strategy` than 'moving-window', a key with fewer values, or store limits outside the process: "
        "`storage_uri='redis://…'`.",
        path=r"\.events\b",
        through=r"^limits\.(aio\.)?storage\.memory\.",
        known_as="Flask-Limiter's moving windows",
        instead=True,
    ),
    Pattern(
        "Flask-Limiter's storage, the limits package, keeps a counter in memory for each key until its window ends.",
        "Store limits outside the process (`storage_uri='redis://…'`), use a shorter window, or a key with fewer values.",
        through=r"^limits\.(aio\.)?storage\.memory\.",
        known_as="Flask-Limiter's counters",
        instead=True,
    ),
    Pattern(
        "Flask-SQLAlchemy's session keeps each changed object until it commits or rolls back.",
        "Leave SQLALCHEMY_TRACK_MODIFICATIONS off, and commit or roll back after each piece of work.",
        path=r"\._model_changes\b",
        through=r"^flask_sqlalchemy\.",
        known_as="Flask-SQLAlchemy's tracked changes",
        instead=True,
    ),
    Pattern(
        "Flask-SQLAlchemy keeps a session for each scope, an app context unless you set `scopefunc`, until it is removed.",
        "Use `with app.app_context():`, which removes the session at its end; with a `scopefunc` of your own, call "
        "`db.session.remove()`.",
        path=r"\.session\.registry\.registry\b",
        through=r"^flask_sqlalchemy\.",
        known_as="Flask-SQLAlchemy's open sessions",
    ),
    Pattern(
        "Flask-SQLAlchemy has engines of its own for each application, for as long as the application is alive.",
        "Call the application factory once per process, and don't keep the applications of finished work.",
        path=r"\._app_engines\b",
        through=r"^flask_sqlalchemy\.",
        known_as="Flask-SQLAlchemy's engines",
    ),
    Pattern(
        "Users that were loaded for Flask-Login are kept beyond their request.",
        "Load the user in each request and keep only `current_user.get_id()`; if loading is slow, use a cache with a limit: "
        "`lru_cache(maxsize=…)` on the user loader.",
        entry=r"flask_login\.mixins\.UserMixin",
    ),
    Pattern(
        "Flask-SocketIO keeps a room until every client has left it or disconnected.",
        "Call `leave_room(room)` when a client no longer needs it, or `close_room(room)` when nobody does.",
        path=r"\.rooms(\[|$)",
        through=r"^socketio\.\w*manager\.",
        known_as="Flask-SocketIO's rooms",
        instead=True,
    ),
    Pattern(
        "Flask-SocketIO keeps the callback of each `emit(…, callback=…)` until the client acknowledges or disconnects.",
        "Have the client's handler acknowledge the event, or emit it without `callback`.",
        path=r"\.callbacks(\[|$)",
        through=r"^socketio\.\w*manager\.",
        known_as="Flask-SocketIO's pending acknowledgements",
        instead=True,
    ),
    Pattern(
        "Flask-SocketIO queues what it emits to a client until the client takes it or is dropped.",
        "Emit less to clients that don't read, and lower `ping_interval` and `ping_timeout`, which drop those that went away.",
        path=r"\.queue\b",
        through=r"^engineio\.(async_)?socket\.",
        known_as="Flask-SocketIO's queued packets",
        instead=True,
    ),
    Pattern(
        "Flask-SocketIO keeps each client, with the environ of its first request, until the client disconnects.",
        "Call `disconnect()` when a client is done, and lower `ping_interval` and `ping_timeout`, which drop those that "
        "went away.",
        path=r"\.(environ|eio_to_sid|pending_connect|pending_disconnect|sockets)(\[|$)",
        through=r"^(socketio|engineio)\.",
        known_as="Flask-SocketIO's clients",
        instead=True,
    ),
)
