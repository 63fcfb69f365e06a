"""A bucket of S3, or of a service that speaks as S3 does.

boto3 finds the credentials by its own chain: the environment, a profile, the machine's role. `AWS_ENDPOINT_URL` names
another service than Amazon's.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from extract.errors import BadSetting
from warehouse.errors import TargetFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ADDRESS = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([\w!*'().=/-]*))?", re.ASCII)
_MAY_HOLD_A_SECRET = re.compile(r"[@?#]|(?<!^s3):")
_ENDPOINT_MAY_HOLD_A_SECRET = re.compile(r"[@?#]")

_COPIES = "run-"
"""How the names of copies begin. What is under such a name never changes."""

_FOREVER = "public, max-age=31536000, immutable"
_A_MINUTE = "public, max-age=60"
"""How long a browser or a cache between may keep a file: the file that names the newest copy only for a moment."""

_TYPES = {"json": "application/json", "parquet": "application/vnd.apache.parquet"}
_OTHER_TYPE = "application/octet-stream"

_ABANDONED = timedelta(days=1)
"""How old an upload is that no process can still be at."""

_PERMISSIONS = (
    "let the account read, write, delete and list there (s3:GetObject, s3:PutObject, s3:DeleteObject, s3:ListBucket, "
    "s3:AbortMultipartUpload, s3:ListBucketMultipartUploads), then run `aclf publish`"
)
_CREDENTIALS = (
    "give boto3 credentials (AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the machine's role), "
    "then run `aclf publish`"
)
_NEXT_STEPS = {
    **dict.fromkeys(("AccessDenied", "AllAccessDisabled", "403"), _PERMISSIONS),
    **dict.fromkeys(
        ("InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "NoCredentialsError"),
        _CREDENTIALS,
    ),
    **dict.fromkeys(
        ("PartialCredentialsError", "CredentialRetrievalError", "ProfileNotFound", "TokenRetrievalError"), _CREDENTIALS
    ),
    "NoSuchBucket": "make the bucket, or correct its name, then run `aclf publish`",
}
"""What to do, by the code of the service's refusal or the name of boto3's error."""


def open_bucket(address: str) -> BucketPlace:
    """Return the place of an address such as `s3://bucket/prefix`. It sends no request.

    Raises:
        BadSetting: The text is not such an address, or holds a user name, or boto3 is not installed.
        TargetFailed: boto3 cannot use what the environment says.
    """
    # This check comes first, because the later messages quote the address.
    if _MAY_HOLD_A_SECRET.search(address):
        raise BadSetting(
            "the bucket's address holds a user name, a query or a fragment, and is not repeated here",
            next_step="write s3://bucket/prefix, and give the credentials to boto3 (AWS_PROFILE, for example)",
        )
    found = _ADDRESS.fullmatch(address)
    prefix = (found[2] or "").strip("/") if found else ""
    if found is None or {".", ".."} & set(prefix.split("/")):
        raise BadSetting(f"{address!a} is not an address such as s3://bucket/prefix")
    if find_spec("boto3") is None:
        raise BadSetting(
            "publishing to a bucket needs the package boto3, which is not installed",
            next_step="install it with `pip install 'aclf-trials[s3]'`, in the environment of `aclf`",
        )
    return BucketPlace(found[1], f"{prefix}/" if prefix else "")


class BucketPlace:
    """A prefix of a bucket, with copies. It is a `Place` of `warehouse.targets.web_places`."""

    def __init__(self, bucket: str, prefix: str) -> None:
        from boto3 import Session  # noqa: PLC0415 - slow to import, and no other command needs it
        from boto3.s3.transfer import TransferConfig  # noqa: PLC0415 - the same
        from botocore.config import Config  # noqa: PLC0415 - the same

        self._bucket, self._prefix = bucket, prefix
        # Four parts of an upload are in memory at a time.
        self._transfer = TransferConfig(max_concurrency=4)
        config = Config(connect_timeout=10, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 5})
        with self._translate_errors("it could not be asked"):
            # A session of its own, because that of boto3 keeps the credentials that it found first.
            self._client: Any = Session().client("s3", config=config)
        # The sentences of boto3 show its address.
        if _ENDPOINT_MAY_HOLD_A_SECRET.search(self._client.meta.endpoint_url):
            raise BadSetting(
                "AWS_ENDPOINT_URL holds a user name, a query or a fragment, and is not repeated here",
                next_step="name only the service there, and give the credentials to boto3 (AWS_PROFILE, for example)",
            )

    @property
    def name(self) -> str:
        """The address."""
        return f"s3://{self._bucket}/{self._prefix}".rstrip("/")

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a small file, or None if there is none of this name."""
        with self._translate_errors(f"{name} could not be read"):
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=self._prefix + name)
                data: bytes = answer["Body"].read()
                return data
            except self._client.exceptions.NoSuchKey:
                return None

    def fetch(self, name: str, file: Path) -> None:
        """Copy a file from the bucket into a new file."""
        with self._translate_errors(f"{name} could not be read"):
            self._client.download_file(self._bucket, self._prefix + name, str(file), Config=self._transfer)

    def write(self, file: Path, name: str) -> None:
        """Upload a file. It appears under its name when all of it is there."""
        headers = {
            "CacheControl": _FOREVER if name.startswith(_COPIES) else _A_MINUTE,
            "ContentType": _TYPES.get(name.rpartition(".")[2], _OTHER_TYPE),
        }
        with self._translate_errors(f"{name} could not be written"):
            self._client.upload_file(
                str(file), self._bucket, self._prefix + name, ExtraArgs=headers, Config=self._transfer
            )

    def list(self) -> dict[str, timedelta]:
        """Return the names that begin as those of copies do, each with its age."""
        now = datetime.now(UTC)
        with self._translate_errors("it could not be listed"):
            return {
                entry["Key"].removeprefix(self._prefix): now - entry["LastModified"]
                for entry in self._list_pages("list_objects_v2", "Contents")
            }

    def delete(self, name: str) -> None:
        """Remove a file."""
        with self._translate_errors(f"{name} could not be removed"):
            self._client.delete_object(Bucket=self._bucket, Key=self._prefix + name)

    def clean(self) -> None:
        """End the uploads of killed publishes. Nobody sees them, but they are paid for."""
        oldest = datetime.now(UTC) - _ABANDONED
        with self._translate_errors("an upload that a killed publish left could not be ended"):
            for upload in self._list_pages("list_multipart_uploads", "Uploads"):
                if upload["Initiated"] < oldest:
                    self._client.abort_multipart_upload(
                        Bucket=self._bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                    )

    def _list_pages(self, operation: str, key: str) -> Iterator[dict[str, Any]]:
        """Yield the entries of all pages of an operation, for names that begin as those of copies do."""
        pages = self._client.get_paginator(operation)
        for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix + _COPIES):
            yield from page.get(key, ())

    @contextmanager
    def _translate_errors(self, what: str) -> Iterator[None]:
        """Run the block, and raise an error of boto3 or of the service as one of the target.

        Raises:
            TargetFailed: The bucket cannot be read or written.
        """
        from boto3.exceptions import Boto3Error  # noqa: PLC0415 - slow to import, and no other command needs it
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - the same

        try:
            yield
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            raise TargetFailed(f"{self.name}: {what} ({error})", next_step=_NEXT_STEPS.get(code)) from error
        except (BotoCoreError, Boto3Error, OSError) as error:
            next_step = _NEXT_STEPS.get(type(error).__name__)
            raise TargetFailed(f"{self.name}: {what} ({error})", next_step=next_step) from error
        except ValueError:
            # boto3's own sentence would show the address, which may hold a password.
            raise TargetFailed(
                f"{self.name}: {what}, because boto3 cannot use AWS_ENDPOINT_URL or another setting of it",
                next_step="correct the settings of boto3 in the environment, then run `aclf publish`",
            ) from None
