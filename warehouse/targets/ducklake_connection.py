"""Open a DuckLake beside the published file, on a connection that reaches these two and nothing else.

DuckDB's extensions are code for one version of DuckDB, so nothing here fetches one by night: they are loaded from a
package where there is one, else from DuckDB's own folder, where `install` puts them.
"""

from __future__ import annotations

from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from psycopg.conninfo import make_conninfo

from transform.paths import quote_text
from warehouse.connect import fetch_value
from warehouse.errors import TargetFailed, TargetOfAnotherStore
from warehouse.memory import get_memory_limit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from duckdb import DuckDBPyConnection

    from warehouse.targets.addresses import Address

LAKE = "lake"
PUBLISHED = "published"
"""The names of the lake and of the published file on the connection."""

_BUCKET = "s3://"
_NAMES = {"ducklake": "ducklake", "postgres_scanner": "postgres", "httpfs": "httpfs"}
"""The extensions, each with its name for DuckDB's `install`."""

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    # Rows of a table have no order, and to keep one DuckDB would hold many row groups in memory.
    "preserve_insertion_order": "false",
}


def find_data_path(address: Address) -> str:
    """Return where the files of a lake are, as every process finds them: a bucket's address, or a full path."""
    path = address.data_path or ""
    return path if path.startswith(_BUCKET) else str(Path(path).expanduser().resolve())


@contextmanager
def open_lake(
    address: Address, catalog: Mapping[str, Any], file: Path, scratch: Path, *, is_new: bool
) -> Iterator[DuckDBPyConnection]:
    """Open a connection with the lake attached as `lake`, and the published file as `published`, read-only.

    If there is no lake yet, an empty one is made.

    Args:
        address: The lake.
        catalog: How libpq reaches its catalog.
        file: The published file.
        scratch: A folder for what does not fit into memory.
        is_new: Whether there is no lake yet.

    Raises:
        TargetFailed: DuckDB has no extension for lakes.
        TargetOfAnotherStore: There is no lake yet, but something else has files where its files shall be.
        duckdb.Error: The lake cannot be opened.
    """
    data_path = find_data_path(address)
    is_bucket = data_path.startswith(_BUCKET)
    memory = {"memory_limit": f"{get_memory_limit()}B", "temp_directory": str(scratch)}
    with duckdb.connect(config=_CONFIG | memory) as connection:
        connection.execute("set timezone = 'UTC'; set enable_progress_bar = false")
        extensions = list(_NAMES) if is_bucket else list(_NAMES)[:2]
        for extension in extensions:
            _load_extension(connection, extension, extensions)
        if is_bucket:
            _give_keys(connection, data_path)
        if is_new:
            _refuse_files(connection, address, data_path)
            if not is_bucket:
                Path(data_path).mkdir(parents=True, exist_ok=True)
        place = quote_text(f"ducklake:postgres:{make_conninfo(**catalog)}")
        connection.execute(f"attach {place} as {LAKE} (data_path {quote_text(data_path)})")
        connection.execute(f"attach {quote_text(str(file))} as {PUBLISHED} (read_only)")
        # A view in a file that somebody prepared must not reach other files while it is made in the lake.
        folders = ", ".join(quote_text(f"{folder.rstrip('/')}/") for folder in (data_path, str(scratch)))
        connection.execute(f"set allowed_directories = [{folders}]; set enable_external_access = false")
        connection.execute(f"use {LAKE}")
        try:
            yield connection
        except BaseException:
            # A signal leaves the query running in DuckDB, and closing the connection would wait for its end.
            connection.interrupt()
            raise


def _load_extension(connection: DuckDBPyConnection, extension: str, needed: Sequence[str]) -> None:
    """Load one of DuckDB's extensions; the error names all that are needed.

    Raises:
        TargetFailed: There is none for this version of DuckDB.
    """
    version = fetch_value(connection, "select version()")
    file = _find_packaged(extension, version)
    try:
        connection.execute(f"load {quote_text(str(file)) if file else extension}")
    except duckdb.Error as error:
        reason = str(error).partition("\n")[0]
        wanted = "; ".join(f"install {_NAMES[name]}" for name in needed)
        raise TargetFailed(
            f"DuckDB {version} has no extension {_NAMES[extension]} here, which a DuckLake needs ({reason})",
            next_step=f"""run `python -c "import duckdb; duckdb.sql('{wanted}')"` in the environment of `aclf`, """
            "and then `aclf publish`; docs/scale.md says what to do without the net",
        ) from error


def _find_packaged(extension: str, version: str) -> Path | None:
    """Return the file of an extension that is installed as a package and made for this version of DuckDB, or None.

    DuckDB refuses an extension of another version, and where it is made to take one it crashes.
    """
    package = find_spec(f"duckdb_extension_{extension}")
    for folder in (package.submodule_search_locations or []) if package else []:
        file = Path(folder) / "extensions" / version / f"{extension}.duckdb_extension"
        if file.exists():
            return file
    return None


def _refuse_files(connection: DuckDBPyConnection, address: Address, data_path: str) -> None:
    """Refuse a place with files for a new lake: to tidy a lake deletes all files there that it does not know.

    Raises:
        TargetOfAnotherStore: It has some.
    """
    pattern = quote_text(f"{data_path.rstrip('/')}/**")
    found = connection.execute(f"from glob({pattern}) limit 1").fetchall()
    if found:
        raise TargetOfAnotherStore(
            f"{address.name} shall have its files in {data_path}, where there are others ({found[0][0]})",
            next_step="name an empty folder, or one that does not exist, as data_path",
        )


def _give_keys(connection: DuckDBPyConnection, data_path: str) -> None:
    """Give DuckDB the keys of a bucket, from where boto3 looks for them; the environment has to do without boto3.

    Raises:
        TargetFailed: They cannot be used.
    """
    if find_spec("boto3") is None:
        return
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415 - only lakes in a bucket need it

    try:
        options = _find_keys()
    except BotoCoreError as error:
        raise TargetFailed(
            f"boto3 cannot use what the environment says about the bucket of a lake ({error})",
            next_step="correct AWS_PROFILE, ~/.aws or the variable that it names, and run `aclf publish`",
        ) from error
    if not options:
        return
    given = ", ".join(f"{name} {quote_text(value)}" for name, value in options.items() if value)
    bucket = "/".join(data_path.split("/")[:3])
    try:
        connection.execute(f"create secret lake_bucket (type s3, scope {quote_text(bucket)}, {given})")
    except duckdb.Error:
        # DuckDB's reason may quote the statement, and so the keys.
        raise TargetFailed(f"DuckDB cannot use the keys of {bucket}") from None


def _find_keys() -> dict[str, str | None]:
    """Return the keys that boto3 finds, by DuckDB's names, and where the bucket is; nothing if it finds none.

    Raises:
        BotoCoreError: what the environment says makes no sense.
    """
    import boto3  # noqa: PLC0415 - only lakes in a bucket need it

    session = boto3.Session()
    credentials = session.get_credentials()
    if credentials is None:
        return {}
    frozen = credentials.get_frozen_credentials()
    options = {"key_id": frozen.access_key, "secret": frozen.secret_key, "session_token": frozen.token}
    client = session.client("s3")
    options["region"] = client.meta.region_name
    scheme, _, host = client.meta.endpoint_url.partition("://")
    if not host.endswith("amazonaws.com"):
        # Another store than Amazon's has no name of its own for each bucket.
        options |= {"endpoint": host, "url_style": "path", "use_ssl": str(scheme == "https").lower()}
    return options
