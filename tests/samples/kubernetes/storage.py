"""An S3-compatible server of this machine with one bucket, for as long as it is needed."""

from __future__ import annotations

import logging
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import boto3
from moto.server import ThreadedMotoServer

__all__ = ["BUCKET", "KEY", "REGION", "Storage", "serve_storage"]

BUCKET: Final = "heaps"
REGION: Final = "eu-central-1"
KEY: Final = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "not-a-secret"}


@dataclass(frozen=True)
class Storage:
    endpoint: str
    client: Any

    @property
    def settings(self) -> Mapping[str, str]:
        """What the ConfigMap `heapdiff-storage` must say here."""
        return {
            "BUCKET": BUCKET,
            "PROVIDER": "Other",
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint,
        }

    def names(self, prefix: str = "") -> list[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [each["Key"] for page in pages for each in page.get("Contents", ())]

    def read(self, name: str) -> bytes:
        content: bytes = self.client.get_object(Bucket=BUCKET, Key=name)["Body"].read()
        return content


@contextmanager
def serve_storage() -> Iterator[Storage]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = boto3.client(
        "s3", endpoint_url=endpoint, region_name=REGION,
        aws_access_key_id=KEY["AWS_ACCESS_KEY_ID"], aws_secret_access_key=KEY["AWS_SECRET_ACCESS_KEY"],
    )  # fmt: skip
    try:
        urllib.request.urlopen(
            f"{endpoint}/moto-api/reset", data=b""
        ).read()  # it forgets nothing when it's stopped
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        yield Storage(endpoint, client)
    finally:
        server.stop()
