"""Logs, metrics, traces and error reports: logging, structlog, prometheus_client, sentry_sdk, OpenTelemetry."""

from typing import Final

from heapdiff.knowledge.pattern import Pattern

OBSERVABILITY: Final = (
    Pattern(
        "Handlers are added to a logger again and again.",
        "Add handlers once, at start-up: `logging.getLogger` returns the same logger every time.",
        path=r"\bhandlers$|logging\._handler",
        through=r"^logging\.",
    ),
    Pattern(
        "Filters are added to a logger or handler again and again.",
        "Add the filter once, at start-up, or call `removeFilter()` when you're done with it.",
        path=r"\.filters$",
        through=r"^logging\.",
    ),
    Pattern(
        "A logger is kept forever under its name.",
        "Use a fixed set of logger names, without request or user IDs; pass those with `extra=` or an adapter.",
        path=r"loggerDict$|\.loggerMap$",
    ),
    Pattern(
        "Log records are kept; each keeps its arguments and, with an exception, every frame of the traceback.",
        "Keep the formatted text, or flush the handler regularly: check the capacity of a MemoryHandler.",
        drags=r"logging\.LogRecord",
    ),
    Pattern(
        "structlog's LogCapture keeps every event; it is meant for tests.",
        "Remove LogCapture from the processors outside tests, or clear its `entries`.",
        path=r"\.entries\b",
        through=r"^structlog\.testing\.",
    ),
    Pattern(
        "Each combination of label values is a time series that the Prometheus client keeps forever.",
        "Take IDs, paths and messages out of the labels; `metric.remove(…)` drops a series you no longer need.",
        path=r"\bREGISTRY\b|\._metrics\b|_names_to_collectors|_collector_to_names",
        through=r"^prometheus_client\.",
    ),
    Pattern(
        "Sentry's scope keeps every processor, attachment and tag that is added to it.",
        "Add it once, at start-up, or inside `with sentry_sdk.new_scope() as scope:`, which drops it at the end.",
        path=r"_event_processors|_error_processors|_attachments|\._(tags|contexts|extras)\b",
        through=r"^sentry_sdk\.",
    ),
    Pattern(
        "Sentry keeps the latest breadcrumbs of each scope.",
        "Lower `max_breadcrumbs` in `sentry_sdk.init()`.",
        harmless="Nothing to do: `max_breadcrumbs` in `sentry_sdk.init()` sets the limit.",
        path=r"_breadcrumbs",
        through=r"^sentry_sdk\.",
        most=1000,
    ),
    Pattern(
        "OpenTelemetry keeps a time series for each combination of attributes.",
        "Take IDs and paths out of the attributes, or drop them with a View (`attribute_keys=…`).",
        path=r"_attributes_aggregation|_attributes_previous_value",
        through=r"^opentelemetry\.sdk\.metrics\.",
    ),
    Pattern(
        "OpenTelemetry meters, tracers or instruments are created under a new name each time.",
        "Create meters, tracers and instruments once, at import, under fixed names.",
        path=r"\._?(meters|tracers)$|_instrument_id_instrument|_async_instruments",
        through=r"^opentelemetry\.",
    ),
    Pattern(
        "OpenTelemetry keeps span processors, exporters and finished spans until it is shut down.",
        "Set up the TracerProvider once, at start-up; InMemorySpanExporter is for tests: call its `clear()`.",
        path=r"_span_processors|_finished_spans|_finished_logs",
        through=r"^opentelemetry\.sdk\.",
    ),
    Pattern(
        "OpenTelemetry spans are kept; an unfinished one keeps its attributes, events and parent.",
        "End each span: `with tracer.start_as_current_span(…):`.",
        drags=r"opentelemetry\.sdk\.trace\.(Span|_Span)",
    ),
)
