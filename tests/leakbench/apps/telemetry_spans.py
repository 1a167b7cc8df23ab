"""Leaks: spans go to the exporter that tests use, which keeps all of them."""

from flask import Flask
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

EXPORTER = InMemorySpanExporter()
PROVIDER = TracerProvider()
PROVIDER.add_span_processor(SimpleSpanProcessor(EXPORTER))
TRACER = PROVIDER.get_tracer("shop")


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/orders/<int:order>/pay")
    def pay(order: int) -> dict[str, int]:
        with TRACER.start_as_current_span("pay", attributes={"order": order}) as span:
            span.add_event("authorised", {"cents": order * 7 % 1000})
            return {"order": order}

    return app
