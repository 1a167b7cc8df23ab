"""Starts a pod's containers as local processes, with their own PIDs, files, host name, user and rights, as the manifest says.

What isn't Kubernetes's: the network is this machine's (a pod's address is one of the loopback interface), resources aren't
limited, and an image is this machine's programs with the folders that `Cluster.images` names.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.samples.kubernetes.manifests import Manifest

__all__ = ["Cluster", "Container", "DryRunError", "Pod"]

ROOT: Final = Path(__file__).parents[3]
INSIDE: Final = Path(__file__).with_name("inside.py")
UNSHARED: Final = ("unshare", "--mount", "--pid", "--fork", "--uts", "--ipc")
LABEL: Final = re.compile(r"metadata\.labels\['([^']+)'\]")
REFERENCE: Final = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_]*)\)")
ENDED_S: Final = 300.0
BUSY: Final = (
    5  # how many times as long as the manifest says a machine with other things to do may take to end
)


class DryRunError(Exception):
    """A container didn't do what it should; the message has its last lines."""


@dataclass(frozen=True)
class Cluster:
    """What the manifests refer to, and what is set differently here: intervals, the bucket's address."""

    place: Path
    images: Mapping[str, tuple[tuple[str, str], ...]]
    config_maps: Mapping[str, Mapping[str, str]]
    secrets: Mapping[str, Mapping[str, str]]
    differently: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Container:
    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def pid(self) -> int | None:
        """The first process inside, as it is numbered here."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        try:
            return int(children.read_text().split()[0])
        except (OSError, IndexError):
            return None

    def rights(self) -> dict[str, str]:
        """What the kernel says of its first process: users, capabilities, and whether system calls are filtered."""
        lines = Path(f"/proc/{self.pid()}/status").read_text().splitlines()
        return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}

    def stop(self, grace_s: float) -> None:
        """Ask it to end as the kubelet does, and end it when it hasn't."""
        self._send(signal.SIGTERM)
        try:
            self.process.wait(grace_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise DryRunError(f"{self.name} didn't end within {grace_s:.0f} s:\n{self.said()}") from None

    def kill(self) -> None:
        self._send(signal.SIGKILL)
        self.process.kill()
        self.process.wait()

    def said(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])

    def _send(self, number: signal.Signals) -> None:
        pid = self.pid()
        if pid is not None:
            os.kill(pid, number)


class Pod:
    """One pod of a template; `address` is where it is reached."""

    def __init__(
        self,
        cluster: Cluster,
        template: Manifest,
        name: str,
        address: str = "127.0.0.1",
        node: str = "node-1",
    ) -> None:
        self.cluster, self.template, self.name, self.node = cluster, template, name, node
        self.address, self.spec = address, template["spec"]
        self.folder = cluster.place / name
        self.folder.mkdir()
        self.running: list[Container] = []
        self.sidecars: list[Container] = []
        self.volumes = {each["name"]: self._volume(each) for each in self.spec.get("volumes", ())}

    def start(self) -> None:
        for each in self.spec.get("initContainers", ()):
            container = self._start(each)
            if each.get("restartPolicy") == "Always":
                self.sidecars.append(container)
            else:
                self._finish(container)
        self.running = [self._start(each) for each in self.spec["containers"]]

    def run(self) -> str:
        """Start a job's pod, and wait for it; what it printed."""
        self.start()
        for container in self.running:
            self._finish(container)
        return "".join(container.log.read_text() for container in self.running)

    def check(self) -> None:
        """Raise if a container has ended by itself."""
        for each in (*self.running, *self.sidecars):
            if each.process.poll() is not None:
                raise DryRunError(
                    f"{self.name}: {each.name} ended with {each.process.returncode}:\n{each.said()}"
                )

    def stop(self) -> None:
        """The containers first, then those beside them in the reverse of their order."""
        grace_s = BUSY * float(self.spec.get("terminationGracePeriodSeconds", 30))
        for each in (*self.running, *reversed(self.sidecars)):
            each.stop(grace_s)

    def kill(self) -> None:
        for each in (*self.running, *self.sidecars):
            each.kill()

    def _finish(self, container: Container) -> None:
        code = container.process.wait(ENDED_S)
        if code:
            raise DryRunError(f"{self.name}: {container.name} ended with {code}:\n{container.said()}")

    def _volume(self, volume: Manifest) -> Path:
        """As the kubelet makes them: everybody may write to an `emptyDir`; a `hostPath` outlives the pod."""
        if "hostPath" in volume:
            path = self.cluster.place / self.node / str(volume["hostPath"]["path"]).lstrip("/")
            path.mkdir(mode=0o755, parents=True, exist_ok=True)
            return path
        path = self.folder / "volumes" / str(volume["name"])
        path.mkdir(parents=True)
        if "configMap" in volume:
            for name, text in self.cluster.config_maps[volume["configMap"]["name"]].items():
                (path / name).write_text(text)
                (path / name).chmod(0o644)
            path.chmod(0o755)
        else:
            assert "emptyDir" in volume, volume
            path.chmod(0o777)
        return path

    def _start(self, container: Manifest) -> Container:
        folder = self.folder / container["name"]
        (folder / "root").mkdir(parents=True)
        (folder / "spec.json").write_text(json.dumps(self._spec(container, folder / "root")))
        log = folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*UNSHARED, sys.executable, "-I", str(INSIDE), str(folder / "spec.json")],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        return Container(container["name"], process, log)

    def _spec(self, container: Manifest, root: Path) -> dict[str, Any]:
        secured = {**self.spec.get("securityContext", {}), **container.get("securityContext", {})}
        user = secured.get("runAsUser", 0)
        if secured.get("runAsNonRoot") and not user:
            raise DryRunError(f"{self.name}: {container['name']} has runAsNonRoot and is root")
        environment = self.environment(container)
        return {
            "root": str(root),
            "hostname": self.name,
            "python": sys.executable,
            "image": self.cluster.images[container["image"].rpartition(":")[0]],
            "volumes": list(self._mounts(container)),
            "directory": container.get("workingDir", "/"),
            "environment": environment,
            "command": [
                expanded(word, environment) for word in [*container["command"], *container.get("args", ())]
            ],
            "user": user,
            "group": secured.get("runAsGroup", 0),
            "drops_all": secured.get("capabilities", {}).get("drop") == ["ALL"],
            "no_new_privileges": secured.get("allowPrivilegeEscalation") is False,
            "read_only_root": secured.get("readOnlyRootFilesystem", False),
            "seccomp": secured.get("seccompProfile", {}).get("type") == "RuntimeDefault",
        }

    def _mounts(self, container: Manifest) -> Iterator[tuple[str, str, bool]]:
        for mount in container.get("volumeMounts", ()):
            source = self.volumes[mount["name"]] / mount.get("subPath", "")
            source.mkdir(mode=0o755, exist_ok=True)
            yield str(source), mount["mountPath"], mount.get("readOnly", False)

    def environment(self, container: Manifest) -> dict[str, str]:
        """As the container sees it: what the manifest sets, and what every process needs."""
        found = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOSTNAME": self.name}
        for each in container.get("envFrom", ()):
            maps, key = (
                (self.cluster.secrets, "secretRef")
                if "secretRef" in each
                else (self.cluster.config_maps, "configMapRef")
            )
            found |= maps[each[key]["name"]]
        for each in container.get("env", ()):
            value = each["value"] if "value" in each else self._referred(each["valueFrom"])
            found[each["name"]] = expanded(value, found)
        return {name: self.cluster.differently.get(name, value) for name, value in found.items()}

    def _referred(self, source: Manifest) -> str:
        if "secretKeyRef" in source:
            reference = source["secretKeyRef"]
            return self.cluster.secrets[reference["name"]][reference["key"]]
        path = source["fieldRef"]["fieldPath"]
        if label := LABEL.fullmatch(path):
            text: str = self.template["metadata"]["labels"][label[1]]
            return text
        return {"metadata.name": self.name, "status.podIP": self.address, "spec.nodeName": self.node}[path]


def expanded(text: str, environment: Mapping[str, str]) -> str:
    """`$(NAME)` replaced, where there is such a variable."""
    return REFERENCE.sub(lambda match: environment.get(match[1], match[0]), text)


def image_of_this_machine(*folders: tuple[Path, str]) -> tuple[tuple[str, str], ...]:
    """The environment that runs this, at its own place, and further folders at theirs."""
    prefixes = {Path(sys.prefix), Path(sys.base_prefix), ROOT}
    own: Sequence[Path] = [path for path in prefixes if not path.is_relative_to("/usr")]
    outer = [path for path in own if not any(path != other and path.is_relative_to(other) for other in own)]
    return (*((str(path), str(path)) for path in outer), *((str(path), target) for path, target in folders))
