"""Clients and connections of which one is enough: `shop` makes N of them, its fixed twin one that all use."""

import sqlite3
import ssl

from tests.benchmarks.twins.case import Twin

# Newer releases take more beside the objects than those whose figures `heapdiff.knowledge.advice.connections` has.
OF_OPENSSL_30 = None if ssl.OPENSSL_VERSION_INFO < (3, 1) else 0.6
OF_SQLITE_340 = None if sqlite3.sqlite_version_info < (3, 41) else 0.2

TWINS = (
    Twin(
        "httpx-clients",
        "client-per-request",
        """
        import httpx
        CLIENTS = [httpx.Client(trust_env=False) for _ in range(N)]
        """,
        """
        import httpx
        CLIENT = httpx.Client(trust_env=False)
        CLIENTS = [CLIENT for _ in range(N)]
        """,
        items=100,
        needs=("httpx",),
    ),
    Twin(
        "ssl-contexts",
        "client-per-request",
        """
        import ssl
        CONTEXTS = [ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) for _ in range(N)]
        """,
        """
        import ssl
        CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        CONTEXTS = [CONTEXT for _ in range(N)]
        """,
        items=1000,
        least=OF_OPENSSL_30,
    ),
    Twin(
        "boto3-clients",
        "client-per-request",
        """
        import boto3
        KEYS = {"region_name": "eu-west-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
        CLIENTS = [boto3.Session().client("s3", **KEYS) for _ in range(N)]
        """,
        """
        import boto3
        KEYS = {"region_name": "eu-west-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
        CLIENT = boto3.Session().client("s3", **KEYS)
        CLIENTS = [CLIENT for _ in range(N)]
        """,
        items=20,
        needs=("boto3",),
    ),
    Twin(
        "open-databases",
        "open-connections",
        """
        import sqlite3
        CONNECTIONS = [sqlite3.connect(":memory:") for _ in range(N)]
        """,
        """
        import sqlite3
        from contextlib import closing
        for _ in range(N):
            with closing(sqlite3.connect(":memory:")):
                pass
        """,
        items=500,
        least=OF_SQLITE_340,
    ),
)
