"""What of a command line is recorded: enough to tell processes apart, and no secret."""

from __future__ import annotations

import pytest

from heapdiff.agent.settings.arguments import mask_arguments
from tests.together import together


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
        ["gunicorn", "-w", "4", "-b", "0.0.0.0:8000", "shop.wsgi:app", "--log-level", "info"],
        ["/srv/app/releases/20261130120000/venv/bin/gunicorn", "-k", "gthread", "--threads", "8"],
        ["python", "-m", "flask", "--app", "shop", "run"],
        ["python", "-u", "-m", "shop.auth.wsgi:app", "--bind=/srv/app/releases/20261130120000/shop.sock"],
        [
            "celery",
            "-A",
            "shop",
            "worker",
            "-P",
            "gevent",
            "-n",
            "w1@%h",
            "--hostname=celery-worker-prod-0001",
        ],
        ["sh", "-c", "cd /srv/app && exec gunicorn -w 4 -b 0.0.0.0:8000 -p /run/shop.pid shop.wsgi:app"],
        ["python", "-c", "from shop import app; app.run(host='0.0.0.0', port=5000)"],
        ["--key", "--port", "80"],
    ],
)
def test_what_is_no_secret_stays(argv: list[str]) -> None:
    assert mask_arguments(argv) == argv


@together(
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
        ["mongodb://bob:hush@h/db?authSource=admin"],
        ["mongodb+srv://bob:hush@h/db?authMechanism=SCRAM-SHA-1"],
        ["MONGO=mongodb://bob:hush@h/db?authSource=admin"],
        ["mysql://bob:hush@h/db?ssl_key=/k"],
        ["postgresql://u:hush@h?sslmode=require&sslkey=hush"],
        ["--broker=amqp://bob:hush@h/x?auth=1"],
        ["https://h/?password=hush&token=hush"],
        ["jdbc:mysql://db/x?password=hush&trustStorePassword=hush"],
        ["-d", "password=hush&csrf_token=hush"],
        ["-d", "user=bob&pass=hush&csrf_token=hush"],
        ["-o", "password=hush,keyfile=hush"],
        ["-o", "user=bob,pass=a,hush"],
        ["PASSWORD=hush;TOKEN=hush"],
        ["Server=db;Uid=bob;Pwd=hush;Token=hush"],
        ["Server=db;Uid=bob;PWD=a hush;"],
        ["AccountPassword=hush;SharedAccessKey=hush"],
        ["--password=a,hush?b&c;hush"],
        ["-Ddb.password=a,hush"],
        ["form[password]=hush"],
        ["https://h/a;jsessionid=hush"],
        ["--password", "-hush"],
        ["--password", "--hush1"],
        ["--token", "--", "hush"],
        ["hushrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"],
        ["-x=hushrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"],
        ["SG.hushfQFYQlKU0ufo8x5d1A.TwL2iGABf9DHoTf-09kqeF8tAmbihYrCzNzrPOdEhush"],
        ["--vault", "hvs.hushJ1234567890abcdefghij1234567890"],
        ["foo,ghp_hush7e42F292c6912E7710c838347Ae178Bhush"],
        ["{x:sk_live_hush9HqLyjWDarjtT1zhush}"],
        ["sk-ant-api03-hushefgh"],
        ["{x:hush8f14e45fceea167a5a36dedd4bea2543}"],
        ["--id=hush-550e8400-e29b-41d4-a716-446655440000"],
        ["-----BEGIN RSA PRIVATE KEY-----hush"],
        ["curl -u bob:hush"],
        ["sh", "-c", "mysql -u root -phush db"],
        ["sh", "-c", "app --password hush"],
        ["sh", "-c", "app --password 'hush hush' x"],
        ["sh", "-c", "'app' --header 'Authorization: Custom hush hush' https://h"],
        ["sh", "-c", "redis-cli -a hush"],
        ["--password hush"],
        ["-u bob:hush"],
        ["curl", "-su", "bob:hush"],
        ["curl", "-sSfLu", "bob:hush"],
        ["curl", "-subob:hush"],
        ["-u", ":hush"],
        ["-u:hush"],
        ["--user=anna:a hush"],
        ["-u", "anna b:hush"],
        ["--cert", "x.pem:hush"],
        ["-H", "Cookie: a=hush; b=hush"],
        ["-H", "Authorization: Custom hush"],
        ["-H", "Authorization: AWS4-HMAC-SHA256 Credential=x/hush, Signature=hush"],
        ["-H", "Authorization:", "Custom", "hush"],
        ["--header=Authorization:", "Custom", "hush"],
        ["-c", "get(headers={'Authorization': 'Custom hush'})"],
        ["--cred", "hush"],
        ["--creds=hush"],
        ["//bob:hush@h"],
        ["--db=//bob:hush@h/x"],
        ["bob/hush@orcl"],
        ["bob/hush@//db:1521/orcl"],
        ["bob:hush@tcp(db:3306)/x"],
        ["bob:hush@h,http://anna:hush@h"],
        ["postgres://bob:a hush@db/x"],
        ["https://hooks.slack.com/services/hush/hush/hush"],
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


@pytest.mark.slow
@together(
    "word",
    [
        each * 10**5
        for each in (
            "a",
            "a-",
            "://",
            "key",
            "a:",
            "token=",
            "=a:",
            "=a/",
            "a1.",
            "a ",
            "'a ",
            "pass ",
            "pass,",
            "key:'",
            "a@",
            "://a:",
            "eyJ",
            "-",
            "Cookie:",
            "Cookie: ",
            "aA1/",
            "a=",
            "-u ",
            "key,a",
            "\\",
            "pass=a b ",
            "?",
            "-u 'pass='",
            "--a-",
        )
    ],
)
def test_long_ones_take_no_time(word: str) -> None:
    """It runs while a worker starts. Reading them whole takes minutes."""
    assert all(len(each) <= 1000 for each in mask_arguments([word] * 10))


def test_it_is_bounded() -> None:
    assert len(mask_arguments(["a"] * 1000)) == 100
    assert len(mask_arguments(["a b" * 9000])[0]) == 1000
