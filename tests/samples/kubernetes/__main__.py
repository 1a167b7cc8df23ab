"""`python -m tests.samples.kubernetes`: starts what the manifests say, until the fleet's questions have their answers.

Three set-ups: containers in each pod that compare and send (`shop.yaml`), the same with copies without names, and one pair
for each node (`node.yaml`). Each sends to an S3-compatible server with rclone; the jobs of `lake.yaml` read from there.
Needs root and Debian's `rclone`.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from tests.samples.kubernetes.manifests import FOLDER, Manifest, pod_of, read_all, read_manifests
from tests.samples.kubernetes.pods import Cluster, DryRunError, Pod, image_of_this_machine
from tests.samples.kubernetes.storage import KEY, Storage, serve_storage

WAIT_S: Final = 300.0
PACE_S: Final = 0.2
REQUESTS_AT_ONCE: Final = 10
COMPARED: Final = ".compared.json"
FASTER: Final = {"HEAPDIFF_EVERY": "6s", "HEAPDIFF_SAMPLE": "4kB", "ROUND_S": "1", "HEAPDIFF_KEEP": "20"}
LEAK: Final = "shop.cache.SESSIONS"
WORKERS: Final = 2
PSEUDONYM: Final = re.compile(r"\| `x[0-9a-f]{10}\.x[0-9a-f]{10}\.x[0-9a-f]{10}` ")  # of shop.cache.SESSIONS
SINCE: Final = re.compile(r"\| `1\.[01]` +\|")
CONFINED: Final = {"CapEff": "0" * 16, "CapBnd": "0" * 16, "NoNewPrivs": "1", "Seccomp": "2"}


def cluster_at(place: Path, storage: Storage, **differently: str) -> Cluster:
    maps: dict[str, Mapping[str, str]] = {
        each["metadata"]["name"]: each["data"] for _, each in read_all() if each["kind"] == "ConfigMap"
    }
    assert maps["heapdiff-storage"].keys() == storage.settings.keys()
    image = image_of_this_machine((FOLDER.parent, "/app"))
    names = ("registry.example/shop", "registry.example/heapdiff-fleet", "rclone/rclone")
    return Cluster(
        place,
        dict.fromkeys(names, image),
        {**maps, "heapdiff-storage": storage.settings},
        {"heapdiff-storage-key": KEY, "heapdiff-redact-key": {"key": "0123456789abcdef-fedcba98765432"}},
        {**FASTER, **differently},
    )


def of_release(deployment: Manifest, release: str) -> Manifest:
    """Its pods' template with another release: what a rollout changes."""
    template = json.loads(json.dumps(pod_of(deployment)))
    template["metadata"]["labels"]["app.kubernetes.io/version"] = release
    return dict(template)


def redacting(template: Manifest) -> Manifest:
    """With the other script in the container that compares, and the key that it needs."""
    changed = json.loads(json.dumps(template))
    (compare,) = (each for each in changed["spec"]["initContainers"] if each["name"] == "compare")
    compare["command"] = ["sh", "/scripts/redact.sh"]
    reference = {"name": "heapdiff-redact-key", "key": "key"}
    compare["env"].append({"name": "HEAPDIFF_REDACT_KEY", "valueFrom": {"secretKeyRef": reference}})
    return dict(changed)


@contextmanager
def started(pods: Sequence[Pod]) -> Iterator[None]:
    """Running; at the end stopped as by a rollout, and killed if something went wrong."""
    try:
        for pod in pods:
            pod.start()
        yield
        with ThreadPoolExecutor(len(pods)) as pool:
            list(pool.map(Pod.stop, pods))
    finally:
        for pod in pods:
            pod.kill()


def visit(pods: Sequence[Pod], is_enough: Callable[[], bool]) -> None:
    """Visitors for each pod, until that is enough."""
    until = time.monotonic() + WAIT_S
    while not is_enough():
        for pod in pods:
            pod.check()
            with suppress(OSError):  # it isn't listening yet
                for _ in range(REQUESTS_AT_ONCE):
                    urllib.request.urlopen(f"http://{pod.address}:8000/product/tea-001", timeout=10).read()
        if time.monotonic() > until:
            raise DryRunError(f"nothing after {WAIT_S:.0f} s")
        time.sleep(PACE_S)


def workers_with(names: Sequence[str], ending: str, at_least: int) -> int:
    """Of how many workers there are so many files, going by the names: HOST-PID-NUMBER-TIME."""
    workers = [name.rpartition("/")[2].rsplit("-", 2)[0] for name in names if name.endswith(ending)]
    return sum(workers.count(worker) >= at_least for worker in set(workers))


def expect_confined(pods: Sequence[Pod]) -> None:
    """The dry run is one of the manifests' rights, not of root's."""
    for pod in pods:
        for container in (*pod.running, *pod.sidecars):
            rights = container.rights()
            found = {name: rights[name] for name in CONFINED}
            expect(found == CONFINED, f"{pod.name}: {container.name} runs with {found}")
            expect(rights["Uid"].split() == ["10001"] * 4, f"{pod.name}: {container.name} is {rights['Uid']}")


def serve_until_sent(pods: Sequence[Pod], storage: Storage, ending: str, at_least: int) -> None:
    """Have them visited until enough has come to the bucket from each worker."""
    hosts = tuple(f"{pod.name}-" for pod in pods)

    def is_enough() -> bool:
        names = [name for name in storage.names("raw/") if name.rpartition("/")[2].startswith(hosts)]
        return workers_with(names, ending, at_least) >= WORKERS * len(pods)

    with started(pods):
        visit(pods, is_enough)
        expect_confined(pods)


def job(cluster: Cluster, manifest_name: str, number: int) -> str:
    """What one run of a CronJob prints."""
    (manifest,) = (each for each in read_manifests("lake.yaml") if each["metadata"]["name"] == manifest_name)
    template = pod_of(manifest)
    assert template is not None
    pod = Pod(cluster, template, f"{manifest_name}-{number}")
    try:
        return pod.run()
    finally:
        pod.kill()


def ask(cluster: Cluster, number: int) -> str:
    """Ingest twice, of which the second finds nothing new, and ask for the leaks."""
    print(job(cluster, "heapdiff-ingest", number))
    print(job(cluster, "heapdiff-ingest", number + 1))
    leaks = job(cluster, "heapdiff-leaks", number)
    print(leaks)
    return leaks


def in_each_pod(place: Path, storage: Storage) -> None:
    cluster = cluster_at(place, storage)
    (deployment,) = read_manifests("shop.yaml")
    for release, address in (("1.0", 1), ("1.1", 3)):
        template = of_release(deployment, release)
        pods = [
            Pod(cluster, template, f"shop-{release.replace('.', '-')}-{n}", f"127.0.1.{address + n}")
            for n in range(deployment["spec"]["replicas"])
        ]
        serve_until_sent(pods, storage, COMPARED, 3)
    expect(not any(name.endswith(".heap") for name in storage.names()), "a graph left its pod")
    for name in storage.names("raw/"):
        summary = json.loads(storage.read(name))
        if summary["schema"] == "snapshot/1":
            process = summary["process"]
            expect(process["release"] in ("1.0", "1.1"), f"{name}: release {process['release']!r}")
            expect(process["pod"] == process["host"] and process["service"] == "shop", f"{name}: {process}")
    leaks = ask(cluster, 1)
    expect(LEAK in leaks, "the leak isn't among the answers")
    expect(SINCE.search(leaks), "nothing says since which release: both of them leak")


def without_names(place: Path, storage: Storage) -> None:
    cluster = cluster_at(
        place, storage, HEAPDIFF_EVERY="15s"
    )  # a graph takes longer to redact than to compare
    (deployment,) = read_manifests("shop.yaml")
    pod = Pod(cluster, redacting(of_release(deployment, "1.1")), "shop-secret-1", "127.0.1.7")
    serve_until_sent([pod], storage, ".heap", 3)
    for name in storage.names("raw/"):
        content = storage.read(name)
        expect(b"SESSIONS" not in content and b"open_session" not in content, f"{name} names the user's code")
    leaks = ask(cluster, 1)
    expect(PSEUDONYM.search(leaks) and "### Growing" in leaks, "the leak isn't among the answers")


def on_each_node(place: Path, storage: Storage) -> None:
    cluster = cluster_at(place, storage, HEAPDIFF_EVERY="15s")  # one container compares for four workers
    daemons, deployment = read_manifests("node.yaml")
    daemon = pod_of(daemons)
    assert daemon is not None
    watcher = Pod(cluster, daemon, "heapdiff-1")
    pods = [
        Pod(cluster, of_release(deployment, "1.1"), f"shop-node-{n}", f"127.0.1.{10 + n}") for n in range(2)
    ]
    with started([watcher]):
        serve_until_sent(pods, storage, COMPARED, 3)
    expect(not any(name.endswith(".heap") for name in storage.names()), "a graph left its node")
    expect(all(name.startswith("raw/node-1/") for name in storage.names("raw/")), "the node isn't named")
    leaks = ask(cluster, 1)
    expect(LEAK in leaks, "the leak isn't among the answers")


SETUPS: Final[Mapping[str, Callable[[Path, Storage], None]]] = {
    "in each pod": in_each_pod,
    "without names": without_names,
    "on each node": on_each_node,
}


def expect(holds: object, message: str) -> None:
    if not holds:
        raise DryRunError(message)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.samples.kubernetes", description=__doc__)
    parser.add_argument("--only", choices=SETUPS, help="one of the set-ups")
    parser.add_argument("--keep", action="store_true", help="leave the pods' folders")
    arguments = parser.parse_args()
    failed = 0
    for name, run in SETUPS.items():
        if arguments.only in (None, name):
            place = Path(tempfile.mkdtemp(prefix="heapdiff-pods-"))
            place.chmod(0o755)
            began = time.monotonic()
            try:
                with serve_storage() as storage:
                    run(place, storage)
                print(f"{name}: ok, {time.monotonic() - began:.0f} s")
            except DryRunError as error:
                failed += 1
                print(f"{name}: FAILED: {error}")
                print_logs(place)
            finally:
                if not arguments.keep:
                    shutil.rmtree(place)
    return failed


def print_logs(place: Path) -> None:
    for log in sorted(place.glob("*/*/log")):
        lines: Any = log.read_text(errors="replace").splitlines()[-10:]
        print("\n".join([f"--- {log.relative_to(place)}", *lines]))


if __name__ == "__main__":
    sys.exit(main())
