"""Spans of OpenTelemetry wait in a bounded queue and are sent in batches by a thread (DataDog/dd-trace-py#680)."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult


class Sent(SpanExporter):
    """Takes all spans and keeps none."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:  # noqa: ARG002
        return SpanExportResult.SUCCESS


def create_app() -> Flask:
    app = Flask(__name__)
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(Sent(), max_queue_size=1000, max_export_batch_size=150))
    tracer = provider.get_tracer("shop")

    @app.get("/basket/<int:number>")
    def basket(number: int) -> str:
        with tracer.start_as_current_span("basket", attributes={"number": number}) as span:
            span.add_event("read", {"items": number % 7})
            return f"basket {number}"

    return app
