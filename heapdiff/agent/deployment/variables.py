"""What the environment says about a deployment besides our own settings: OpenTelemetry's variables, and Kubernetes'.

https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ and the conventions for `service`, `deployment`
and `k8s`; https://kubernetes.io/docs/concepts/workloads/pods/downward-api/ has the examples that call it POD_NAME.
"""

import re
from collections.abc import Mapping
from typing import Final

from heapdiff.agent.settings.parsers import clean_deployment
from heapdiff.deployment import Deployment

ATTRIBUTES_MOST: Final = 1 << 16
ENCODED: Final = rb"%([0-9A-Fa-f]{2})"
SERVICE: Final = ("service.name",)
RELEASE: Final = ("service.version",)
ENVIRONMENT: Final = (
    "deployment.environment.name",
    "deployment.environment",
)  # as it is called, and was until 2024
POD: Final = ("k8s.pod.name",)


def read_variables(environment: Mapping[str, str], host: str) -> Deployment:
    """What these variables say; `host` is the machine's name, which in Kubernetes is the pod's."""
    told = parse_attributes(environment.get("OTEL_RESOURCE_ATTRIBUTES", ""))
    in_kubernetes = bool(environment.get("KUBERNETES_SERVICE_HOST"))
    return Deployment(
        release=first(told, RELEASE),
        service=clean_deployment(environment.get("OTEL_SERVICE_NAME", "")) or first(told, SERVICE),
        environment=first(told, ENVIRONMENT),
        pod=first(told, POD)
        or clean_deployment(environment.get("POD_NAME", ""))
        or (clean_deployment(host) if in_kubernetes else ""),
    )


def parse_attributes(text: str) -> dict[str, str]:
    """`service.name=shop,service.version=1.5.0`, with values in percent-encoding. What is none of that is left out."""
    pairs = (pair.partition("=") for pair in text[:ATTRIBUTES_MOST].split(","))
    return {key.strip(): decode(value.strip()) for key, mark, value in pairs if mark}


def decode(value: str) -> str:
    encoded = value.encode("utf-8", "surrogateescape")
    return re.sub(ENCODED, lambda found: bytes.fromhex(found[1].decode()), encoded).decode("utf-8", "replace")


def first(told: Mapping[str, str], keys: tuple[str, ...]) -> str:
    return next((text for key in keys if (text := clean_deployment(told.get(key, "")))), "")
