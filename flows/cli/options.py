"""The flags that several commands share, each with its environment variable."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from extract.errors import BadSetting
from flows.cli.completion import complete_condition_set, complete_followed_set, complete_registry

DEFAULT_WAREHOUSE = "aclf.duckdb"

Warehouse = Annotated[
    str,
    typer.Option(envvar="ACLF_WAREHOUSE", help="Path of the published file. Private state is in .aclf/ beside it."),
]
RegistryAddress = Annotated[
    str,
    typer.Option(
        "--registry",
        envvar="ACLF_REGISTRY",
        help="Base URL of the registry, or `sample` for the one that ships.",
        autocompletion=complete_registry,
    ),
]
DEFAULT_SETS = ["aclf"]

ConditionSets = Annotated[
    list[str],
    typer.Option(
        "--condition-set",
        envvar="ACLF_CONDITION_SET",
        metavar="NAME|FILE",
        help="A condition set that ships, or a TOML file. Several: once for each; with commas in the variable.",
        autocompletion=complete_condition_set,
    ),
]
FollowedSet = Annotated[
    str | None,
    typer.Option(
        "--condition-set",
        metavar="NAME",
        help="Only the trials of this condition set of the warehouse.",
        autocompletion=complete_followed_set,
    ),
]
Rate = Annotated[
    float | None,
    typer.Option(
        envvar="ACLF_RATE", help="Requests per second.", show_default="1 for the live service, no limit on loopback"
    ),
]
Patience = Annotated[
    float, typer.Option(envvar="ACLF_PATIENCE", help="The most seconds for one request with all its retries.")
]
Wait = Annotated[float, typer.Option(help="Seconds to wait if another run holds the lock.")]
Workers = Annotated[
    int | None,
    typer.Option(
        envvar="ACLF_WORKERS",
        help="Processes that make the rows; 0: the run's own.",
        show_default="by trials and cores",
    ),
]
NO_TARGETS: list[str] = []

PublishTo = Annotated[
    list[str],
    typer.Option(
        "--publish-to",
        envvar="ACLF_PUBLISH_TO",
        metavar="TARGET",
        help="Also publish to postgresql://…, ducklake:…, s3://… or a folder, as `aclf publish` does.",
    ),
]
Dask = Annotated[
    str | None,
    typer.Option(
        envvar="ACLF_DASK",
        metavar="ADDRESS",
        help="A Dask cluster makes the rows: its scheduler's address, or `local` for one here.",
    ),
]
RateLimit = Annotated[
    str | None,
    typer.Option(
        envvar="ACLF_RATE_LIMIT", metavar="NAME", help="Prefect's rate limit, which all machines share; asked first."
    ),
]
Lenient = Annotated[
    bool,
    typer.Option(
        "--lenient", help="Exit with 0, not 3, if the run sets something new aside, or refuses one of several listings."
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on standard output, and nothing else there.")
]

DEFAULT_CRON, DEFAULT_TIME_ZONE = "17 4 * * *", "America/New_York"
"""A time when few people use the registry.

The registry loads data on its own working days, and has finished long before.
"""

Cron = Annotated[str, typer.Option(envvar="ACLF_CRON", help="When to sync: minute, hour, day, month, weekday.")]
TimeZone = Annotated[str, typer.Option(envvar="ACLF_TIME_ZONE", help="Time zone of --cron.")]


def parse_day(text: str | None, flag: str) -> date | None:
    """Return the day that a flag names, or None if the flag was not given.

    Raises:
        BadSetting: the text is not a day such as 2026-10-01.
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadSetting(f"{flag} must be a day such as 2026-10-01, not {text!a}") from None
