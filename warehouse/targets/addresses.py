"""The addresses of targets: which kinds there are, and what one may hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from extract.errors import BadSetting


class Kind(StrEnum):
    """The kinds of targets."""

    postgresql = "postgresql"
    ducklake = "ducklake"
    bucket = "bucket"
    folder = "folder"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a target is.

    Attributes:
        kind: what it is.
        text: the address as it was given, which holds no password.
        reader: the role that may read a database, or None.
        data_path: the folder or bucket of a DuckLake's files, or None.
    """

    kind: Kind
    text: str
    reader: str | None = None
    data_path: str | None = None

    @property
    def location(self) -> str:
        """The address without our own options, as the library takes it that opens it."""
        text = self.text.removeprefix("ducklake:postgres:") if self.kind is Kind.ducklake else self.text
        return _split_options(text)[0] if self.kind in _DATABASES else text

    @property
    def name(self) -> str:
        """The address in messages: without any option."""
        return self.text.partition("?")[0]


_DATABASES = {Kind.postgresql, Kind.ducklake}
_OPTIONS = ("reader", "data_path")
"""Our own options in the address of a database; any other is PostgreSQL's."""

_SECRET = re.compile(r"pass(word|file)\b|secret|token|credential", re.IGNORECASE)
"""Words of a key in whose value a secret may be. `passfile` is only a path, but `.pgpass` and PGPASSFILE do as well."""

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")


def parse_address(text: str) -> Address:
    """Read the address of a target.

    Args:
        text: `postgresql://USER@HOST/DATABASE`, `ducklake:postgres:postgresql://…?data_path=FOLDER`, `s3://BUCKET/NAME`,
            or the path of a folder.

    Raises:
        BadSetting: it is none of these, or it holds a password. Then its text is not repeated.
    """
    _refuse_secrets(text)
    if text.startswith(("postgresql://", "postgres://")):
        options = _read_options(text)
        return Address(Kind.postgresql, text, reader=options.get("reader"))
    if text.startswith("ducklake:"):
        return _parse_ducklake(text)
    if text.startswith("s3://"):
        return Address(Kind.bucket, text)
    if "://" in text or not text.strip():
        raise BadSetting(
            f"--publish-to and --to take postgresql://, ducklake:postgres:, s3:// or a folder, not {text!a}"
        )
    return Address(Kind.folder, text)


def _parse_ducklake(text: str) -> Address:
    catalog = text.removeprefix("ducklake:postgres:")
    if catalog == text or not catalog.startswith(("postgresql://", "postgres://")):
        raise BadSetting(
            "the catalog of a DuckLake must be a PostgreSQL, such as "
            f"ducklake:postgres:postgresql://host/lake?data_path=FOLDER, not {text!a}"
        )
    options = _read_options(catalog)
    if not options.get("data_path"):
        raise BadSetting(f"the DuckLake {text.partition('?')[0]!a} has no data_path, where its files are")
    return Address(Kind.ducklake, text, reader=options.get("reader"), data_path=options["data_path"])


def _read_options(text: str) -> dict[str, str]:
    return _split_options(text)[1]


def _split_options(text: str) -> tuple[str, dict[str, str]]:
    """Return an address without our own options, and these."""
    parts = urlsplit(text)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    ours = {key: value for key, value in pairs if key in _OPTIONS}
    others = [(key, value) for key, value in pairs if key not in _OPTIONS]
    return urlunsplit(parts._replace(query=urlencode(others))), ours


def _refuse_secrets(text: str) -> None:
    """Refuse an address with a password, which `ps`, the shell's history and the settings of a schedule would show.

    Raises:
        BadSetting: it holds a password, or a character that no address has.
    """
    refusal = BadSetting(
        "the address of a target holds a password or a key, and is not repeated here",
        next_step="take it out, and keep it in ~/.pgpass, in PGPASSWORD, or where boto3 looks for it",
    )
    if _UNPRINTABLE.search(text):
        raise BadSetting("the address of a target holds a line break or another character that cannot be printed")
    _, is_url, rest = text.partition("://")
    if not is_url:
        # A DuckLake may be given as libpq's pairs, such as `dbname=lake`.
        if text.startswith("ducklake:") and _SECRET.search(text):
            raise refusal
        return
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    try:
        parts = urlsplit(text.removeprefix("ducklake:postgres:"))
        keys = [key for key, _ in parse_qsl(parts.query, keep_blank_values=True)]
        _ = parts.port
    except ValueError:
        # The reason may quote a part of the address.
        raise BadSetting("the address of a target is not a URL, and is not repeated here") from None
    user_info = authority.rpartition("@")[0]
    is_s3_user = bool(user_info) and text.startswith("s3:")
    if ":" in user_info or is_s3_user or any(_SECRET.search(key) for key in keys) or parts.fragment:
        raise refusal
