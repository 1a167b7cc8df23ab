"""What of a command line is recorded: enough to tell processes apart, and no secret."""

from __future__ import annotations

import pytest

from heapdiff.agent.settings.arguments import mask_arguments


@pytest.mark.parametrize(
    "argv",
    [
        ["gunicorn", "shop:create_app()", "-w", "4", "--bind=127.0.0.1:8000", "--max-requests", "1000"],
        ["/srv/shop/venv/bin/gunicorn", "--worker-class", "gevent", "--config", "/etc/shop/gunicorn.conf.py"],
        ["uwsgi", "--ini", "/etc/uwsgi/apps-enabled/shop.example.com-2026-production.ini"],
        ["https://shop.example/page", "", "-", "--", "a=b", "ключ"],
    ],
)
def test_what_is_no_secret_stays(argv: list[str]) -> None:
    assert mask_arguments(argv) == argv


@pytest.mark.parametrize(
    "argv",
    [
        ["--token=hush"],
        ["--token", "hush"],
        ["--db-password", "hush", "--port", "80"],
        ["-e", "DATABASE_PASSWORD=hush"],
        ["SECRET_KEY=hush"],
        ["--env=API_KEY=hush"],
        ["postgres://shop:hush@db.example/shop"],
        ["redis://:hush@cache:6379/0"],
        ["https://shop.example/hook?sig=hush&n=hush"],
        ["-H", "Authorization: Bearer hush"],
        ["--header=X-Api-Token: hush"],
        ["host=db user=shop password=hush"],
        ["eyJhbGciOiJIUzI1NiJ9hush.eyJzdWIiOiJzaG9wIn0.hushhush12"],
        ["hush8f14e45fceea167a5a36dedd4bea2543"],
    ],
)
def test_a_secret_is_masked(argv: list[str]) -> None:
    masked = " ".join(mask_arguments(argv))
    assert "hush" not in masked
    assert "***" in masked


def test_it_is_bounded() -> None:
    assert len(mask_arguments(["a"] * 1000)) == 100
    assert len(mask_arguments(["a b" * 9000])[0]) == 1000
