"""A bucket on loopback, served by moto in threads of this process."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUCKET = "trials"
SECRET = "hunter2-of-the-bucket"


class Bucket:
    """A bucket that keeps every version of what is written to it.

    Attributes:
        settings: the environment of a program that uses it.
        client: a client of boto3, to look into it.
    """

    def __init__(self, url: str) -> None:
        self.settings = {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "somebody",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=url,
            aws_access_key_id="somebody",
            aws_secret_access_key=SECRET,
            region_name="us-east-1",
        )
        self.client.create_bucket(Bucket=BUCKET)
        self.client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})

    def list_keys(self) -> set[str]:
        """Return the keys that are there."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        return {entry["Key"] for page in pages for entry in page.get("Contents", ())}

    def count_versions(self) -> Counter[str]:
        """Return how often something was written under each key."""
        pages = self.client.get_paginator("list_object_versions").paginate(Bucket=BUCKET)
        return Counter(version["Key"] for page in pages for version in page.get("Versions", ()))

    def list_uploads(self) -> list[str]:
        """Return the keys of uploads that have not ended."""
        return [upload["Key"] for upload in self.client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", ())]

    def read(self, key: str) -> bytes:
        """Return the bytes of a key."""
        data: bytes = self.client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return data

    def put(self, key: str, data: bytes) -> None:
        """Write bytes under a key."""
        self.client.put_object(Bucket=BUCKET, Key=key, Body=data)

    def fetch(self, key: str, file: Path) -> Path:
        """Write the bytes of a key to a file, and return the file."""
        file.write_bytes(self.read(key))
        return file

    def make_older(self, days: float) -> None:
        """Let everything in the bucket be older by some days."""
        for key in s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[BUCKET].keys.values():
            key.last_modified -= timedelta(days=days)


@contextmanager
def open_bucket_server() -> Iterator[Bucket]:
    """Run a service with one empty bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        yield Bucket("http://{}:{}".format(*server.get_host_and_port()))
    finally:
        server.stop()
        s3_backends.reset()
