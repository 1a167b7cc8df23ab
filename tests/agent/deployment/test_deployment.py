"""Each of the four is what the most particular source says, cleaned; and both engines write it as it is."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from heapdiff.agent.deployment import deployment
from heapdiff.agent.deployment.deployment import find_deployment, find_release
from heapdiff.agent.deployment.variables import parse_attributes, read_variables
from heapdiff.agent.settings.parsers import PARSERS
from heapdiff.agent.settings.settings import Settings, read_settings
from heapdiff.deployment import NOT_TOLD, Deployment
from heapdiff.format import Section
from heapdiff.model import ProcessInfo
from heapdiff.snapshot import read_snapshot
from heapdiff.snapshot.sections import read_sections
from tests.agent.deployment.repositories import make_repository
from tests.agent.setups import EVERY_ENGINE, NEEDS_NATIVE
from tests.agent.target import Target
from tests.flask.gunicorn import SHOP, Gunicorn

OTHERS = (
    *("OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES", "POD_NAME", "KUBERNETES_SERVICE_HOST"),
    "FLASK_APP",
)
ATTRIBUTES = (
    "service.name=attributes,service.version=2.0,deployment.environment.name=staging,k8s.pod.name=pod-1"
)


@pytest.fixture(autouse=True)
def _silent_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*PARSERS, *OTHERS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(deployment, "find_release", lambda named: f"found {named}".rstrip())


TABLE: tuple[tuple[dict[str, str], Deployment], ...] = (
    ({}, Deployment("found")),
    (
        {"OTEL_RESOURCE_ATTRIBUTES": ATTRIBUTES},
        Deployment("2.0", "attributes", "staging", "pod-1"),
    ),
    (
        {"OTEL_RESOURCE_ATTRIBUTES": ATTRIBUTES, "OTEL_SERVICE_NAME": "named", "POD_NAME": "pod-2"},
        Deployment("2.0", "named", "staging", "pod-1"),
    ),
    (
        {
            "OTEL_RESOURCE_ATTRIBUTES": ATTRIBUTES,
            "OTEL_SERVICE_NAME": "named",
            "HEAPDIFF_RELEASE": "3.0",
            "HEAPDIFF_SERVICE": "shop",
            "HEAPDIFF_ENVIRONMENT": "production",
        },
        Deployment("3.0", "shop", "production", "pod-1"),
    ),
    (
        {"HEAPDIFF_RELEASE": "none", "HEAPDIFF_SERVICE": "none", "OTEL_RESOURCE_ATTRIBUTES": ATTRIBUTES},
        Deployment("", "", "staging", "pod-1"),
    ),
    ({"HEAPDIFF_RELEASE": "", "OTEL_SERVICE_NAME": " "}, Deployment("found")),
    (
        {"OTEL_RESOURCE_ATTRIBUTES": "deployment.environment=old,deployment.environment.name=new"},
        Deployment("found", "", "new"),
    ),
    ({"OTEL_RESOURCE_ATTRIBUTES": "deployment.environment=old"}, Deployment("found", "", "old")),
    ({"POD_NAME": "pod-2"}, Deployment("found", pod="pod-2")),
    ({"POD_NAME": "pod-2", "KUBERNETES_SERVICE_HOST": "10.0.0.1"}, Deployment("found", pod="pod-2")),
    ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, Deployment("found", pod="web1")),
    ({"OTEL_SERVICE_NAME": "unknown\x1b[31m\n\u202e"}, Deployment("found", "unknown[31m")),
)


@pytest.mark.parametrize(("variables", "wanted"), TABLE)
def test_what_is_more_particular_goes_first(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], wanted: Deployment
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert find_deployment(read_settings(), "", "web1") == wanted


def test_a_flask_app_says_whose_version_is_looked_for() -> None:
    assert find_deployment(Settings(), "shop", "web1").release == "found shop"
    assert find_deployment(Settings(release="1.0"), "shop", "web1").release == "1.0"
    assert find_deployment(Settings(), ["shop"], "web1").release == "found"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", {}),
        ("a=1, b = 2 ,c", {"a": "1", "b": "2"}),
        ("a=x%20y%2Cz%3D%C3%A9,b=1=2", {"a": "x y,z=\xe9", "b": "1=2"}),
        ("a=100%,b=%zz%4", {"a": "100%", "b": "%zz%4"}),
        ("a=%ff%00", {"a": "\ufffd\0"}),
        ("a=\udcff", {"a": "\ufffd"}),
        (",,=,=,", {"": ""}),
    ],
)
def test_attributes_are_read_as_opentelemetry_writes_them(text: str, wanted: dict[str, str]) -> None:
    assert parse_attributes(text) == wanted


def test_what_does_not_print_is_left_out_and_what_is_long_is_cut() -> None:
    told = read_variables({"OTEL_SERVICE_NAME": "\udcff\0" + "\U0001f40d" * 10**5}, "web1")
    assert told == Deployment(service="\U0001f40d" * 128)
    assert read_settings(("x", {"HEAPDIFF_RELEASE": f" {'v' * 127}   z"})).release == "v" * 127
    assert read_settings(("x", {"HEAPDIFF_RELEASE": 42, "HEAPDIFF_SERVICE": 1.5})) == Settings(
        release="42", service="1.5"
    )
    assert read_settings(("x", {"HEAPDIFF_RELEASE": ["1"], "HEAPDIFF_SERVICE": True})) == Settings()


def test_without_git_and_version_there_is_no_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    find_release.cache_clear()
    assert find_release("no_such_module") == ""
    made = make_repository(tmp_path)
    assert find_release("no_such_module") == "", "what was found holds for the life of the process"
    assert find_release("another") == made, (
        "where nothing says which it is, it's what the process is started in"
    )
    assert find_release("flask") == __import__("importlib.metadata").metadata.version("flask")
    find_release.cache_clear()


INSTALL = """
import heapdiff
heapdiff.install({directory!r}, None, service={service!r}, environment="production")
"""
SERVICE = '"sh\xf6p" \\ \U0001f40d'
LONG = "\U0001f40d" * 128


@pytest.mark.slow
@pytest.mark.parametrize("engine", EVERY_ENGINE)
def test_both_files_of_every_engine_say_it(tmp_path: Path, engine: str) -> None:
    setup = INSTALL.format(directory=str(tmp_path / "snapshots"), service=SERVICE)
    with Target(setup, HEAPDIFF_ENGINE=engine, HEAPDIFF_RELEASE=LONG, POD_NAME="shop-7d\x1b") as target:
        path = Path(target.evaluate("str(heapdiff.snapshot())"))
    wanted = Deployment(LONG, SERVICE, "production", "shop-7d")._asdict()
    info = next(read_sections(path.with_suffix(".heap")))
    assert info.tag == Section.INFO
    for written in (json.loads(path.read_bytes()), json.loads(info.payload)):
        assert {key: written["process"][key] for key in wanted} == wanted
    assert deployment_of(read_snapshot(path).summary.process) == Deployment(**wanted)
    path.unlink()
    assert deployment_of(read_snapshot(path.with_suffix(".heap")).summary.process) == Deployment(**wanted)


def deployment_of(process: ProcessInfo) -> Deployment:
    return Deployment(process.release, process.service, process.environment, process.pod)


SERVERS = [
    pytest.param("native", SHOP, False, id="the extension", marks=NEEDS_NATIVE),
    pytest.param("native", SHOP.replace("HeapDiff(app)", ""), True, id="heapdiff run", marks=NEEDS_NATIVE),
    pytest.param("gc", SHOP.replace("HeapDiff(app)", ""), True, id="heapdiff run, gc engine"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("engine", "shop", "run"), SERVERS)
def test_a_worker_of_gunicorn_says_which_commit_it_serves(
    tmp_path: Path, engine: str, shop: str, run: bool
) -> None:
    """What is checked out later is the next worker's."""
    made = make_repository(tmp_path)
    with Gunicorn(
        tmp_path,
        engine=engine,
        walk=engine == "native",
        run=run,
        shop=shop,
        OTEL_SERVICE_NAME="shop",
        HEAPDIFF_ENVIRONMENT="test",
    ) as server:
        pid = server.worker()
        server.wait_until_armed(pid)
        (tmp_path / ".git/refs/heads/team/main").write_text("0" * 40)
        server.worker()
        taken = server.snapshot(pid)["process"]
    assert taken["pid"] == pid
    assert {key: taken[key] for key in NOT_TOLD._fields} == Deployment(made, "shop", "test")._asdict()


def test_an_engine_that_is_told_nothing_writes_empty_texts() -> None:
    names = {field.name: field.default for field in dataclasses.fields(ProcessInfo)}
    assert {name: names[name] for name in Deployment._fields} == NOT_TOLD._asdict()
