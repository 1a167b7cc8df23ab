"""A shop with a database, a cache and suppliers: `waste` opens what it needs in each request, `fixed` once or closes it."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from typing import Any

import boto3
import httpx
import psycopg
import requests
from flask import Flask, Response, jsonify, request
from psycopg_pool import ConnectionPool
from redis import Redis
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, scoped_session, sessionmaker

from heapdiff.flask import HeapDiff

POSTGRES = os.environ["SHOP_POSTGRES"]
REDIS = os.environ["SHOP_REDIS"]
AWS = {"region_name": "eu-west-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
VISIT = text("select 1")


class Base(DeclarativeBase):
    """Of all tables."""


class Visit(Base):
    """Somebody was there."""

    __tablename__ = "visits"
    id: Mapped[int] = mapped_column(primary_key=True)


def connect() -> psycopg.Connection:
    return psycopg.connect(POSTGRES)


ENGINE = create_engine("postgresql+psycopg://", creator=connect, pool_size=5, max_overflow=10)
POOL = ConnectionPool(POSTGRES, min_size=1, max_size=10, open=False)
SESSION = scoped_session(sessionmaker(ENGINE))
HTTP = requests.Session()
CLIENT = httpx.Client()
CACHE = Redis(unix_socket_path=REDIS)
BUCKETS = boto3.client("s3", **AWS)

ENGINES: dict[int, Engine] = {}
BY_REQUEST: list[Any] = []
LENT: list[Any] = []
BORROWED: list[Any] = []
SUBSCRIBED: list[Any] = []
HTTPS: list[Any] = []
CLIENTS: list[Any] = []
CACHES: list[Any] = []
STORES: list[Any] = []
FILES: list[Any] = []


def health() -> str:
    return f"{request.host_url}health"


def waste_engine() -> None:
    engine = create_engine("postgresql+psycopg://", creator=connect)
    with engine.connect() as connection:
        connection.execute(VISIT)
    ENGINES[len(ENGINES)] = engine


def fixed_engine() -> None:
    with ENGINE.connect() as connection:
        connection.execute(VISIT)


def waste_connection() -> None:
    BY_REQUEST.append(connect())


def fixed_connection() -> None:
    with closing(connect()) as connection:
        connection.execute("select 1")


def waste_loan() -> None:
    if len(LENT) < 12:
        LENT.append(ENGINE.connect())


def waste_borrowed() -> None:
    if len(BORROWED) < 8:
        BORROWED.append(POOL.getconn())


def fixed_borrowed() -> None:
    with POOL.connection() as connection:
        connection.execute("select 1")


def waste_subscription() -> None:
    subscription = CACHE.pubsub()
    subscription.subscribe("orders")
    SUBSCRIBED.append(subscription)


def fixed_subscription() -> None:
    with CACHE.pubsub() as subscription:
        subscription.subscribe("orders")


def waste_orm() -> None:
    for _ in range(60):
        SESSION.add(Visit())


def fixed_orm() -> None:
    waste_orm()
    SESSION.remove()


def waste_http() -> None:
    session = requests.Session()
    session.get(health(), timeout=20)
    HTTPS.append(session)


def fixed_http() -> None:
    HTTP.get(health(), timeout=20)


def waste_client() -> None:
    client = httpx.Client()
    client.get(health())
    CLIENTS.append(client)


def fixed_client() -> None:
    CLIENT.get(health())


def waste_cache() -> None:
    cache = Redis(unix_socket_path=REDIS)
    cache.ping()
    CACHES.append(cache)


def fixed_cache() -> None:
    CACHE.ping()


def waste_store() -> None:
    STORES.append(boto3.client("s3", **AWS))


def fixed_store() -> None:
    BUCKETS.generate_presigned_url("get_object", {"Bucket": "b", "Key": "k"})


def waste_file() -> None:
    FILES.append(open(os.devnull))  # noqa: SIM115


def fixed_file() -> None:
    with open(os.devnull) as file:
        file.read()


WASTE = (
    *(waste_engine, waste_connection, waste_loan, waste_borrowed, waste_subscription, waste_orm),
    *(waste_http, waste_client, waste_cache, waste_store, waste_file),
)
FIXED = (
    *(fixed_engine, fixed_connection, fixed_borrowed, fixed_subscription, fixed_orm),
    *(fixed_http, fixed_client, fixed_cache, fixed_store, fixed_file),
)


def create_app(works: tuple[Callable[[], None], ...]) -> Flask:
    app = Flask("backed")
    HeapDiff(app)
    POOL.open()

    @app.get("/")
    def index() -> Response:
        return jsonify(pid=os.getpid())

    @app.get("/health")
    def health() -> str:
        return "ok"

    @app.get("/order")
    def order() -> Response:
        for work in works:
            work()
        return jsonify(pid=os.getpid())

    return app


def waste() -> Flask:
    return create_app(WASTE)


def fixed() -> Flask:
    return create_app(FIXED)
