"""The flags that commands share, each with its environment variable."""

from __future__ import annotations

from typing import Annotated

import typer

from extract.client import api

DEFAULT_WAREHOUSE = "aclf.duckdb"

Warehouse = Annotated[
    str, typer.Option(envvar="ACLF_WAREHOUSE", help="The published file; private state lies in .aclf/ beside it.")
]
RegistryAddress = Annotated[
    str, typer.Option("--registry", envvar="ACLF_REGISTRY", help=f"{api.BASE_URL}, or `sample` for the one that ships.")
]
ConditionSetName = Annotated[
    str, typer.Option("--condition-set", envvar="ACLF_CONDITION_SET", help="A set that ships, or a TOML file.")
]
Rate = Annotated[
    float | None,
    typer.Option(
        envvar="ACLF_RATE", help="Requests a second.", show_default="1 for the live service, no limit on loopback"
    ),
]
Patience = Annotated[
    float, typer.Option(envvar="ACLF_PATIENCE", help="The most seconds for one request with all its retries.")
]
Wait = Annotated[float, typer.Option(help="Seconds to wait where another run holds the lock.")]
Lenient = Annotated[
    bool, typer.Option("--lenient", help="Exit 0, not 3, where this run set aside what was not set aside before.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, and nothing else there.")]
DEFAULT_CRON, DEFAULT_TIME_ZONE = "17 4 * * *", "America/New_York"
"""When the registry has long loaded its day's data, which it does on its own working days, and few ask it for any."""

Cron = Annotated[str, typer.Option(envvar="ACLF_CRON", help="When to sync: minute, hour, day, month, weekday.")]
TimeZone = Annotated[str, typer.Option(envvar="ACLF_TIME_ZONE", help="The zone that --cron is meant in.")]
