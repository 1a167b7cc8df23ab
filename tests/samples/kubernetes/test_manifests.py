"""The manifests are what Kubernetes takes, give away no right that isn't needed, and are what the page shows."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from heapdiff.agent.settings.meanings import ENVIRONMENT_ONLY, MEANINGS
from heapdiff.agent.settings.parsers import PARSERS
from samples.leaky_shop.illustrate import ROOT
from tests.samples.kubernetes.manifests import (
    FOLDER,
    Manifest,
    StrictLoader,
    containers_of,
    pod_of,
    read_all,
    read_manifests,
)

PAGE = ROOT / "docs" / "how-to" / "fleet.md"
SHOWN = re.compile(r"<!-- from: (\S+) -->\n```(?:yaml|sh)\n(.*?)```\n", re.DOTALL)
ALL = [(f"{name}: {each['kind']} {each['metadata']['name']}", each) for name, each in read_all()]
PODS = [(name, pod) for name, each in ALL if (pod := pod_of(each)) is not None]
CONTAINERS = [(f"{name}: {each['name']}", pod, each) for name, pod in PODS for each in containers_of(pod)]
AS_ROOT = {"DaemonSet heapdiff: make-directory"}  # the node's directory is root's
UNITS = {"m": 0.001, "": 1.0, "Mi": 2.0**20, "Gi": 2.0**30}
GIVEN = {"heapdiff-storage-key"}  # Secrets, which aren't in a repository


def named(cases: list[Any]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=[case[0] for case in cases])


def test_a_key_that_stands_twice_is_an_error() -> None:
    with pytest.raises(yaml.constructor.ConstructorError, match="twice"):
        yaml.load("a: {b: 1, b: 2}", StrictLoader)


NEEDS_SCHEMAS = pytest.mark.object_storage  # in the same extra, for their 22 MB


@NEEDS_SCHEMAS
@named(ALL)
def test_each_is_what_kubernetes_own_schema_says(case: tuple[str, Manifest]) -> None:
    import kubernetes_validate as validate

    validate.validate(case[1], desired_version="1.37", strict=True)


@NEEDS_SCHEMAS
def test_the_schema_refuses_a_misspelt_field() -> None:
    import kubernetes_validate as validate

    (shop,) = read_manifests("shop.yaml")
    with pytest.raises(validate.ValidationError):
        validate.validate(
            {**shop, "spec": {**shop["spec"], "replica": 2}}, desired_version="1.37", strict=True
        )


@named(CONTAINERS)
def test_a_container_has_only_the_rights_it_needs(case: tuple[str, Manifest, Manifest]) -> None:
    name, pod, container = case
    secured = {**pod["spec"]["securityContext"], **container["securityContext"]}
    assert secured["allowPrivilegeEscalation"] is False
    assert secured["readOnlyRootFilesystem"] is True
    assert secured["capabilities"] == {"drop": ["ALL"]}
    assert secured["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["spec"]["automountServiceAccountToken"] is False
    assert not pod["spec"].keys() & {"hostPID", "hostNetwork", "hostIPC"}
    if name.partition(": ")[2] in AS_ROOT:
        assert not secured["runAsNonRoot"]
    else:
        assert secured["runAsNonRoot"] is True
        assert secured["runAsUser"] == secured["runAsGroup"] == 10001  # whose snapshots they are


@named(CONTAINERS)
def test_a_container_asks_for_no_more_than_its_limits(case: tuple[str, Manifest, Manifest]) -> None:
    resources = case[2]["resources"]
    assert "memory" in resources["limits"]
    for what, limit in resources["limits"].items():
        assert amount(resources["requests"][what]) <= amount(limit)


def amount(text: str) -> float:
    match = re.fullmatch(r"([\d.]+)(m|Mi|Gi|)", str(text))
    assert match is not None, text
    return float(match[1]) * UNITS[match[2]]


@named(PODS)
def test_what_a_pod_refers_to_exists(case: tuple[str, Manifest]) -> None:
    pod = case[1]
    known = {each["metadata"]["name"] for _, each in ALL if each["kind"] == "ConfigMap"} | GIVEN
    volumes = {each["name"]: each for each in pod["spec"].get("volumes", ())}
    used = {each["name"] for container in containers_of(pod) for each in container.get("volumeMounts", ())}
    assert used == volumes.keys()
    assert set(references(pod)) <= known
    for each in volumes.values():
        assert "sizeLimit" in each.get("emptyDir", {"sizeLimit": ""})


def references(value: Any) -> Iterator[str]:
    """The names of all ConfigMaps and Secrets."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("configMap", "configMapRef", "secretRef", "secretKeyRef", "configMapKeyRef"):
                yield inner["name"]
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


@named(CONTAINERS)
def test_each_setting_is_one_and_takes_its_value(case: tuple[str, Manifest, Manifest]) -> None:
    for each in case[2].get("env", ()):
        if each["name"].startswith("HEAPDIFF_"):
            assert each["name"] in MEANINGS.keys() | ENVIRONMENT_ONLY.keys()
            if each["name"] in PARSERS and "value" in each:
                PARSERS[each["name"]][1](each["value"])


def test_the_application_is_the_same_with_containers_in_each_pod_and_on_each_node() -> None:
    def application(file: str) -> dict[str, Any]:
        (deployment,) = (each for each in read_manifests(file) if each["kind"] == "Deployment")
        pod = pod_of(deployment)
        assert pod is not None
        (shop,) = pod["spec"]["containers"]
        return {
            "image": shop["image"],
            "command": shop["command"],
            "labels": pod["metadata"]["labels"],
            "environment": [each for each in shop["env"] if each["name"] != "HEAPDIFF_DIR"],
        }

    shop = application("shop.yaml")
    assert shop == application("node.yaml")
    assert shop["image"].endswith(":" + shop["labels"]["app.kubernetes.io/version"])


def test_every_script_is_one_and_mounted_with_what_it_sources() -> None:
    (kustomization,) = read_manifests("kustomization.yaml")
    (generator,) = kustomization["configMapGenerator"]
    scripts = sorted(FOLDER.glob("*.sh"))
    assert generator["files"] == [path.name for path in scripts]
    for path in scripts:
        subprocess.run(["sh", "-n", path], check=True)
    assert set(kustomization["resources"]) <= {path.name for path in FOLDER.glob("*.yaml")}


def test_the_workflow_hands_no_input_to_a_shell_but_by_variables() -> None:
    (workflow,) = yaml.load_all((FOLDER.parent / "gate.yml").read_text("utf-8"), StrictLoader)
    steps = [each["run"] for each in workflow["jobs"]["gate"]["steps"]]
    assert sum("heapdiff fleet gate" in step for step in steps) == 1
    assert not any("${{" in step or "|" in step for step in steps)  # a pipe's exit code is its last command's


def test_what_the_page_shows_of_the_files_is_in_them() -> None:
    shown = SHOWN.findall(PAGE.read_text("utf-8"))
    assert shown
    for name, text in shown:
        whole = (ROOT / "samples" / "fleet" / name).read_text("utf-8")
        for part in re.split(r"^ *# …\n", text, flags=re.MULTILINE):
            assert part in whole, f"{name} hasn't:\n{part}"
