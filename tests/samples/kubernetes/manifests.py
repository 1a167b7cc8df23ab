"""The manifests as Kubernetes would read them: no key twice, the ConfigMap of the scripts generated as by `kubectl apply -k`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

__all__ = ["FOLDER", "Manifest", "containers_of", "pod_of", "read_all", "read_manifests"]

FOLDER: Final = Path(__file__).parents[3] / "samples" / "fleet" / "kubernetes"
KUSTOMIZATION: Final = "kustomization.yaml"
Manifest = Mapping[str, Any]


class StrictLoader(yaml.SafeLoader):
    """Refuses a key that stands twice in a mapping, of which YAML readers silently take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"twice: {sorted(twice)}", node.start_mark)
        return super().construct_mapping(node, deep)


def read_manifests(name: str) -> list[Manifest]:
    """The documents of one file of the folder."""
    return [each for each in yaml.load_all((FOLDER / name).read_text("utf-8"), StrictLoader) if each]


def read_all() -> Iterator[tuple[str, Manifest]]:
    """Each document with the name of its file; last those that the kustomization generates."""
    for path in sorted(FOLDER.glob("*.yaml")):
        if path.name != KUSTOMIZATION:
            yield from ((path.name, each) for each in read_manifests(path.name))
    (kustomization,) = read_manifests(KUSTOMIZATION)
    for generator in kustomization["configMapGenerator"]:
        data = {name: (FOLDER / name).read_text("utf-8") for name in generator["files"]}
        yield (
            KUSTOMIZATION,
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": generator["name"]}, "data": data},
        )


def pod_of(manifest: Manifest) -> Manifest | None:
    """The template of the pods that it makes, with `metadata` and `spec`; None for what makes none."""
    spec = manifest.get("spec", {})
    template: Manifest | None = spec.get("jobTemplate", {}).get("spec", spec).get("template")
    return template


def containers_of(pod: Manifest) -> list[Manifest]:
    """All of them, those that start first first."""
    return [*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"]]
