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
        ["flask", "run", "-p", "5000"],
        ["flask", "run", "-p5000"],
        ["gunicorn", "-p", "/run/shop.pid", "-u", "www-data"],
        [
            "app.py",
            "--user",
            "anna",
            "--encoding",
            "utf-8",
            "--pinned",
            "yes",
            "-a",
            "0.0.0.0:80",
            "-k",
            "gevent",
        ],
        ["https://shop.example:8443/a/b.html", "-c", "python:config", "tcp://10.0.0.1:6379", "key"],
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
        ["mysql", "-phush"],
        ["mysql", "-phushPassword1", "db"],
        ["-p", "hush"],
        ["-p=hush"],
        ["redis-cli", "-a", "hush"],
        ["-password", "hush"],
        ["-pw", "hush"],
        ["curl", "-u", "anna:hush"],
        ["curl", "-uanna:hush"],
        ["-U", "anna%hush"],
        ["--user", "anna:hush"],
        ["--user=anna:hush"],
        ["--proxy-user", "anna:hush"],
        ["--pin", "hush"],
        ["--pin=hush"],
        ["--device-pin", "hush"],
        ["--code", "hush"],
        ["Bearer", "hush"],
        ["Authorization:", "Bearer", "hush"],
        ["-H", "Authorization:", "hush"],
        ["Authorization:", "Basic", "hush"],
        ["--header", "X-Api-Key:", "hush"],
        ["password=", "hush"],
        ["--token", "Bearer", "hush"],
        ["postgres://anna:hu/sh@db.example/shop"],
        ["--db=postgres://anna:a@hush@db.example/shop"],
        ["https://hush@o1.ingest.example/4"],
        ["anna:hush@db.example:5432/shop"],
        ["--broker=anna:hush@db.example"],
        ["-u", "https://anna:hush@db.example"],
        ["https://shop.example/reset?hush"],
        ["https://hooks.example/services/T0/hush8f14e45fceea167a5a36"],
        ["https://shop.example/#access_token=hush"],
        ['{"password": "hush", "port": 1}'],
        ["{'api_key':'hush hush'}"],
        ["--conf", "password = 'hush hush'"],
        ["--env=API_KEY=a,hush b"],
    ],
)
def test_a_secret_is_masked(argv: list[str]) -> None:
    masked = " ".join(mask_arguments(argv))
    assert "hush" not in masked
    assert "***" in masked


def test_what_follows_the_secret_stays() -> None:
    assert mask_arguments(["-u", "anna:x", "https://a.example", "--pin", "1", "app.py"]) == [
        "-u", "anna:***", "https://a.example", "--pin", "***", "app.py",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "word", ["a" * 10**6, "a-" * 10**5, "://" * 10**5, "key" * 10**5, "a:" * 10**5, "token=" * 10**5]
)
def test_long_ones_take_no_time(word: str) -> None:
    """It runs while a worker starts. Reading them whole takes minutes."""
    assert all(len(each) <= 1000 for each in mask_arguments([word] * 10))


def test_it_is_bounded() -> None:
    assert len(mask_arguments(["a"] * 1000)) == 100
    assert len(mask_arguments(["a b" * 9000])[0]) == 1000
