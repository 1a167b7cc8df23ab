"""Who leaks in each case that names a holder: the functions in which what it keeps is allocated, and where they're entered.

Found without the sampler, by `tracing.py` and by reading the apps: tracemalloc says in which of the app's functions most of what
stays is allocated (several if they share it, the library's where the app has none), the URL map which view the path leads to.
The function that makes the holder's entries is right, too, where what these keep is most of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["CULPRITS", "Culprit"]


@dataclass(frozen=True, slots=True)
class Culprit:
    """Any of the `entries` is right, empty if there is none, and any of the `sites`.

    A site is the qualified name of a function in the app's own module, or a file and a function.
    """

    entries: tuple[str, ...]
    sites: tuple[str, ...]


def _view(endpoint: str, *sites: str) -> Culprit:
    """The view itself unless other functions are named."""
    return Culprit((f"view {endpoint}",), sites or (f"create_app.<locals>.{endpoint}",))


CULPRITS: Final[Mapping[str, Culprit]] = {
    "module_list": _view("show"),
    "module_dict_str": _view("index"),
    "module_dict_int": _view("confirm"),
    "module_set": _view("receive"),
    "unbounded_deque": _view("job"),
    "ordered_dict": _view("add"),
    "defaultdict_lists": _view("store"),
    "defaultdict_keys": _view("login"),
    "nested_store": _view("read", "AuditTrail.note", "create_app.<locals>.read"),
    "class_list": _view("ship"),
    "class_registry": _view("invoice"),
    "extension_store": Culprit(
        ("hook tests.leakbench.apps.extension_store.Activity.note",), ("Activity.note",)
    ),
    "linked_head": _view("edit"),
    "linked_tail": _view("run"),
    "binary_tree": _view("offer", "Offers.insert", "create_app.<locals>.offer"),
    "graph_friends": _view("join"),
    "rebuilt_list": _view("alert"),
    "rebuilt_tuple": _view("plan", "Planner.plan"),
    "swapped_dict": _view("go"),
    "slots_chain": _view("docs"),
    "chain_map": _view("listing"),
    "tee_unread": _view("feed", "produce"),
    "memoryview_slices": _view("upload"),
    "interned_strings": _view("show"),
    "two_indexes": _view("register"),
    "cache_and_queue": _view("wiki", "PageCache.get", "create_app.<locals>.wiki"),
    "two_modules": _view("book"),
    "queue_without_consumer": _view("order"),
    "heap_queue": _view("remind"),
    "string_chunks": _view("export", "Export.add"),
    "string_concat": _view("vote"),
    "byte_buffer": _view("record", "Recorder.record"),
    "counter_keys": _view("search"),
    "rows_of_tuples": _view("sell"),
    "shared_with_deque": _view("buy"),
    "caches_in_dict": _view("listing", "Cache.put", "create_app.<locals>.listing"),
    "attributes_of_app": _view("page", "page"),
    "few_large": _view("work"),
    "modules_by_hand": _view("price"),
    "dict_subclass": _view("token", "Tokens.issue"),
    "user_dict": _view("draft"),
    "namespace_attributes": _view("theme"),
    "hand_made_lru": _view("shout", "LRU.get"),
    "trie_dicts": _view("search", "insert"),
    "chained_iterators": _view("post"),
    "flask_before_request": _view("show_order", "make_audit_hook", "show_order"),
    "flask_after_request": _view("shop.show_basket", "show_basket"),
    "flask_teardown_appcontext": _view("receive", "receive"),
    "flask_context_processors": _view("show_article", "show_article"),
    "flask_error_handlers": _view("edit", "edit"),
    "flask_url_map": _view("open_campaign", "open_campaign"),
    "context_copied": _view("enqueue"),
    "context_pushed": Culprit(("thread tests.leakbench.apps.context_pushed.send_mails",), ("send_mails",)),
    "g_kept": Culprit(
        ("hook tests.leakbench.apps.g_kept.create_app.<locals>.load_user",),
        ("create_app.<locals>.load_user",),
    ),
    "werkzeug_client_cookies": _view("check_basket", "check_basket"),
    "signal_request_started": _view("trace"),
    "signal_own": _view("place", "make_mailer", "create_app.<locals>.place"),
    "logging_handlers": _view("start_import", "add_handler"),
    "logging_loggers": _view("show_customer"),
    "logging_filters": _view("check_out"),
    "flask_caching_threshold": _view(
        "search", "cachelib/serializers.py:BaseSerializer.dumps", "cachelib/simple.py:SimpleCache.set"
    ),
    "flask_caching_memoize": _view("recommended"),
    "jinja_environments": _view("preview_theme"),
    "jinja_from_string": _view("show_mail", "compiled", "create_app.<locals>.show_mail"),
    "jinja_cache_unbounded": _view("show_profile", "show_profile"),
    "marshmallow_schemas": _view("show_form"),
    "apscheduler_jobs": _view("subscribe"),
    "cachelib_previews": _view("preview"),
    "flask_session_memory": Culprit(
        ("hook flask_session.base.ServerSideSessionInterface.save_session",),
        ("flask_session/base.py:ServerSideSessionInterface.save_session",),
    ),
    "limiter_moving_window": _view("file", "limits/strategies.py:MovingWindowRateLimiter.hit"),
    "flask_sqlalchemy_recorded": Culprit(
        ("thread tests.leakbench.apps.flask_sqlalchemy_recorded.bill",),
        ("bill", "flask_sqlalchemy/record_queries.py:_record_end"),
    ),
    "flask_login_users": Culprit(
        (
            "view customer",
            "hook tests.leakbench.apps.flask_login_users.from_path",
            "hook tests.leakbench.apps.flask_login_users.load",
        ),
        ("load", "Customer.__init__"),
    ),
    "socketio_rooms": _view("watch"),
    "socketio_acks": _view("send"),
    "celery_results": Culprit(
        ("view start", "task tests.leakbench.apps.celery_results.report"),
        ("create_app.<locals>.start", "report"),
    ),
    "celery_pending": _view("export"),
    "sqlalchemy_pending": _view("show_page"),
    "sqlalchemy_scoped": _view("show_products"),
    "sqlalchemy_sessions": _view("start_wizard"),
    "sqlalchemy_engines": _view("show_tenant", "engine_of", "create_app.<locals>.show_tenant"),
    "sqlalchemy_pool": _view("start_report"),
    "sqlite_connections": _view("calculate"),
    "requests_sessions": _view("show", "session_for"),
    "requests_adapters": _view("sync"),
    "urllib3_pools": _view("prepare_hook"),
    "prometheus_labels": _view("show_user"),
    "prometheus_registry": _view("run_batch"),
    "closure_cell": _view("search", "make_recorder.<locals>.record"),
    "decorator_memo": _view("show", "remember.<locals>.remembering"),
    "default_argument": _view("search", "collect"),
    "keyword_default": _view("country", "lookup"),
    "lru_unbounded": _view("show", "quote", "create_app.<locals>.show"),
    "lru_method": _view("report"),
    "cached_classmethod": _view("profile", "Profile.load", "create_app.<locals>.profile"),
    "suspended_generators": _view("download"),
    "generator_local": _view("measure", "average"),
    "suspended_coroutines": _view("hello"),
    "kept_exceptions": _view("view", "pay", "create_app.<locals>.view"),
    "weak_callbacks": _view("run"),
    "weak_dead": _view("mail"),
    "weak_finalizers": _view("lease"),
    "weak_keys_strong_values": _view("statement"),
    "thread_locals": _view("rows"),
    "threads_unended": _view("start"),
    "thread_local_plain": _view("trace"),
    "thread_list": _view("event"),
    "contexts_kept": _view("tenant"),
    "context_default": _view("note"),
    "context_values": _view("step"),
    "classes_per_request": _view("form"),
    "subclass_hook": _view("run"),
    "namedtuples_per_request": _view("query"),
    "callbacks_kept": _view("upload"),
    "bound_listeners": _view("widget"),
    "partials_at_exit": _view("scratch"),
    "warning_registry": _view("old"),
    "dynamic_globals": _view("start"),
    "class_namespace": _view("enable"),
    "wrapped_again": _view("show"),
    "exception_chain": _view("sync", "synchronise"),
    "lru_instance": _view("weather", "Client._fetch", "create_app.<locals>.weather"),
    "asyncio_tasks": Culprit(
        (
            "view place",
            "asyncio task tests.leakbench.apps.asyncio_tasks.start",
            "asyncio task tests.leakbench.apps.asyncio_tasks.confirm",
        ),
        ("create_app.<locals>.place", "start", "confirm"),
    ),
    "asyncio_sleepers": Culprit(
        ("view plan_reminder", "asyncio task tests.leakbench.apps.asyncio_sleepers.remind"),
        ("create_app.<locals>.plan_reminder", "remind"),
    ),
    "asyncio_future_callbacks": _view("wait_for_catalogue"),
    "futures_queue": _view("mail"),
    "futures_kept": Culprit(
        ("view start_pricing", "job tests.leakbench.apps.futures_kept.price"),
        ("create_app.<locals>.start_pricing", "price"),
    ),
    "threading_timers": _view("log_in"),
    "gevent_greenlets": Culprit(
        ("view send_hook", "tests.leakbench.apps.gevent_greenlets.deliver"),
        ("create_app.<locals>.send_hook", "deliver"),
    ),
    "gevent_queue": _view("note"),
    "sys_modules": _view("discount", "load_rules"),
    "loguru_sinks": _view("read_log"),
    "networkx_graph": _view("buy"),
    "pluggy_plugins": _view("ask"),
    "mako_previews": _view("preview"),
    "telemetry_attributes": _view("start"),
    "telemetry_spans": _view("pay"),
    "singledispatch_registry": _view("show_event"),
    "mock_calls": _view("mail"),
    "numpy_arrays": _view("embed"),
    "numpy_views": _view("take"),
    "numpy_object_array": _view("place"),
    "bytesio_uploads": _view("upload"),
    "native_contexts": _view("fetch"),
    "native_streams": _view("stream"),
    "native_maps": _view("upload"),
    "native_pictures": _view("product"),
    "native_documents": _view("feed"),
    "pillow_pictures": _view("picture"),
    "grpc_channels": _view("tenant"),
    "httpx_clients": _view("user"),
    "msgpack_connections": _view("peer"),
    "websocket_deflate": _view("session"),
    "openssl_contexts": _view("site"),
    "lxml_smart_strings": _view("feed"),
    "shared_frames": _view("frame"),
    "orjson_errors": _view("upload"),
    "pydantic_errors": _view("company", "parse"),
    "lambdify_half": _view("evaluate"),
    "rows_with_callback": _view("add"),
    "namespace_class": _view("fill"),
    "namespace_instance": _view(
        "fill", "tests/leakbench/apps/reports/namespace_class.py:create_app.<locals>.fill"
    ),
    "boto3_sessions": _view("region"),
    "botocore_endpoints": _view("sign"),
    "bs4_titles": _view("title"),
    "pdfplumber_manual": _view("read"),
    "limiter_paths": Culprit(
        ("hook flask_limiter._extension.Limiter._check_request_limit",),
        (
            "limits/strategies.py:FixedWindowRateLimiter.hit",
            "limits/storage/memory.py:MemoryStorage.incr",
            "limits/limits.py:RateLimitItem.key_for",
        ),
    ),
    "sqlalchemy_once": _view("query"),
    "every_fifth": _view("work"),
    "engineio_sessions": Culprit(
        ("",),
        (
            "engineio/base_server.py:BaseServer.create_queue",
            "engineio/server.py:Server.start_background_task",
            "engineio/server.py:Server._handle_connect",
        ),
    ),
    "pyplot_figures": _view("chart"),
    "paddle_clients": _view("bill"),
    "jedi_scripts": _view("complete"),
    "adaptix_retorts": _view("order"),
    "paho_offline": _view("order"),
    "markdown_shared": _view("page"),
    "otel_attributes": _view("user"),
    "ctypes_pointers": _view("read", "create_app.<locals>.read", "message_of"),
    "rdflib_names": _view("shorten"),
    "telebot_steps": _view("update"),
    "kombu_queue": _view("send"),
}
