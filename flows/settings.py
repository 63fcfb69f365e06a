"""What a run is told: by a flag, else by the environment, else the default (the command line knows the names)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from extract.client import api
from extract.client.address import check_address, get_default_rate
from extract.condition_set import ConditionSet
from extract.errors import BadSetting
from extract.nct import NctId
from warehouse.paths import Paths

_A_YEAR = 31_536_000
"""In seconds: no setting is meant to be larger, and NaN and infinity are not below it."""

SAMPLE = "sample"
"""In place of an address: the registry that ships with the package."""


def check_report_path(path: str) -> Path:
    """Where a report is to stand.

    Raises:
        BadSetting: no file can stand there.
    """
    file = Path(path).absolute()
    if file.is_dir() or not file.parent.is_dir():
        raise BadSetting(f"no report can be written to {path!a}: it is a folder, or lies in one that is not there")
    return file


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a run is told; plain values, so that it can be a Prefect parameter, and its texts the form's."""

    __pydantic_config__ = {"title": "Settings", "use_attribute_docstrings": True}  # noqa: RUF012 - pydantic's own name

    warehouse: str = "aclf.duckdb"
    """Path of the published file, on the machine that runs."""
    registry: str = api.BASE_URL
    """Base URL of the registry, or `sample` for the one that ships."""
    condition_set: str = "aclf"
    """Name of a set that ships, or path of a TOML file."""
    rate: float | None = None
    """Requests a second; empty for the registry's own pace."""
    patience: float = 120.0
    """The most seconds for one request with all its retries."""
    wait: float = 0.0
    """Seconds to wait where another run holds the lock."""
    full: bool = False
    """Fetch every trial of the set, changed or not."""
    accept_shrink: bool = False
    """Believe a listing that is much shorter than the set held."""
    report: str | None = None
    """Path of the report that a sync writes once it has published; empty for no report."""

    def job(self, command: str, ids: tuple[str, ...] = ()) -> Job:
        """The settings, read and checked.

        Raises:
            RefusedInput: one of them cannot be used.
        """
        for name, value, least in (
            ("rate", self.rate, 0.001),
            ("patience", self.patience, 0.001),
            ("wait", self.wait, 0),
        ):
            if value is not None and not least <= value <= _A_YEAR:
                raise BadSetting(f"the {name} must be a number from {least} to {_A_YEAR:,}, not {value}")
        return Job(
            command=command,
            settings=self,
            paths=Paths.of(Path(self.warehouse)),
            condition_set=ConditionSet.load(self.condition_set),
            ids=tuple(dict.fromkeys(NctId.parse(nct_id) for nct_id in ids)),
            registry=SAMPLE if self.registry == SAMPLE else check_address(self.registry),
            report=None if self.report is None else check_report_path(self.report),
        )


@dataclass(frozen=True, slots=True)
class Job:
    """What a run is to do, with settings that can be used."""

    command: str
    settings: Settings
    paths: Paths
    condition_set: ConditionSet
    ids: tuple[NctId, ...]
    registry: str
    report: Path | None

    def rate(self, base_url: str) -> float | None:
        """Requests a second for this address."""
        return get_default_rate(base_url) if self.settings.rate is None else self.settings.rate
