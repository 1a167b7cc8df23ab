"""Figures of this process for Prometheus and OpenTelemetry, for who asks for them. Costs nothing where nobody does."""

from heapdiff.flask.metrics.switching import register_opentelemetry, register_prometheus

__all__ = ["register_opentelemetry", "register_prometheus"]
