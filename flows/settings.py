"""The settings of a run: a flag, else the environment, else the default. The command line knows their names."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from extract.client import api
from extract.errors import BadSetting
from extract.nct import NctId
from flows.extras import require_extra
from warehouse.memory import get_memory_limit
from warehouse.paths import Paths
from warehouse.reading.events import EVENTS
from warehouse.targets.addresses import parse_address

if TYPE_CHECKING:
    from extract.condition_set import ConditionSet
    from transform.rules.files import RuleFile
    from warehouse.targets.addresses import Address

_A_YEAR = 31_536_000
"""The largest setting in seconds. NaN and infinity are not below it, so they are refused too."""

_MOST_WORKERS = 64

HANDED_OVER = "ACLF_SETTINGS"
"""The environment variable in which a process receives its settings, as JSON. `aclf` sets it, and people who run
workers."""

SCHEDULED_WAIT = 3600.0
"""The longest time in seconds that a scheduled run waits while another run holds the lock."""

SAMPLE = "sample"
"""In place of an address: the registry that ships with the package."""

LOCAL_CLUSTER = "local"
"""In place of a scheduler's address: a Dask cluster on this machine, for one run."""

_SCHEDULER = re.compile(r"(tcp|tls)://(\[[0-9a-fA-F:]+\]|[\w.-]+):\d{1,5}", re.ASCII)

EVERY_EVENT = ",".join(EVENTS)
"""The default of `alert`: nobody can notice a line that is missing, but anybody can leave out one that is too many."""


def check_report_path(path: str, what: str = "report") -> Path:
    """Return the absolute path of a report, or of another file that a run writes.

    Raises:
        BadSetting: a file cannot be written there.
    """
    file = Path(path).absolute()
    if file.is_dir() or not file.parent.is_dir():
        raise BadSetting(f"no {what} can be written to {path!a}: it is a folder, or its folder does not exist")
    return file


def parse_alerts(text: str) -> tuple[str, ...]:
    """Return the events that a text with commas names, each once.

    Raises:
        BadSetting: one of them does not exist, or there is none.
    """
    names = dict.fromkeys(name.strip() for name in text.split(",") if name.strip())
    unknown = [name for name in names if name not in EVENTS]
    if unknown or not names:
        raise BadSetting(f"--alert takes {', '.join(EVENTS)}, separated by commas, not {', '.join(unknown) or text!a}")
    return tuple(names)


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting of a run, as plain values."""

    warehouse: str = "aclf.duckdb"
    """Path of the published file, on the machine where the run is."""
    registry: str = api.BASE_URL
    """Base URL of the registry, or `sample` for the registry that ships with the package."""
    condition_sets: list[str] | tuple[str, ...] = ("aclf",)
    """Each the name of a condition set that ships with the package, or the path of a TOML file."""
    rate: float | None = None
    """Requests per second. Leave it empty for the registry's own pace."""
    patience: float = 120.0
    """The longest time in seconds for one request with all its retries."""
    wait: float = 0.0
    """The longest time in seconds to wait while another run holds the lock."""
    workers: int | None = None
    """Worker processes that make the rows; 0 to make them in the run's own process. Leave it empty to choose by the
    number of trials and of cores."""
    full: bool = False
    """Fetch every trial of the set, whether it has changed or not."""
    accept_shrink: bool = False
    """Accept a listing that is much shorter than the set."""
    accept_empty: bool = False
    """Accept that a field which nearly every record had is in none any more. The warehouse remembers the field."""
    replace_set: bool = False
    """No longer follow the condition sets of this warehouse that are not named."""
    report: str | None = None
    """Path of the report that a sync writes after it has published. Leave it empty for no report."""
    feed: str | None = None
    """Path of the feed of news that a sync writes after it has published. Leave it empty for no feed."""
    alert: str = EVERY_EVENT
    """The events that the command of ACLF_ON_CHANGE is told of, separated by commas."""
    publish_to: list[str] | tuple[str, ...] = ()
    """The targets that the warehouse is published to after the file: databases, folders, buckets."""
    dask: str | None = None
    """Address of the scheduler of a Dask cluster that makes the rows, or `local` for one on this machine. Leave it
    empty for worker processes beside the run."""
    rate_limit: str | None = None
    """Name of the rate limit of Prefect's server that all machines share. Leave it empty where one machine asks."""
    pages: str | None = None
    """Address of the pages of `aclf serve`, to which Prefect's pages link. Leave it empty where none are served."""

    def make_job(self, command: str, nct_ids: tuple[str, ...] = ()) -> Job:
        """Read and check the settings, and return the job that they describe.

        Args:
            command: the command, such as `sync`.
            nct_ids: the trials of a backfill, as people write them.

        Raises:
            RefusedInput: one of them cannot be used.
        """
        from extract.client.address import check_address  # noqa: PLC0415 - only runs need it, not the pages
        from extract.condition_set import load_condition_sets  # noqa: PLC0415 - the same
        from transform.rules.files import parse_rules, read_rule_files  # noqa: PLC0415 - the same

        for name, value, least in (
            ("rate", self.rate, 0.001),
            ("patience", self.patience, 0.001),
            ("wait", self.wait, 0),
        ):
            if value is not None and not least <= value <= _A_YEAR:
                raise BadSetting(f"the {name} must be a number from {least} to {_A_YEAR:,}, not {value}")
        if self.workers is not None and self.workers not in range(_MOST_WORKERS + 1):
            raise BadSetting(f"the workers must be a whole number from 0 to {_MOST_WORKERS}, not {self.workers}")
        if self.dask is not None:
            _check_dask(self.dask, self.workers)
        # A setting of the machine and not of the run, but a wrong one should end the run before it begins.
        get_memory_limit()
        condition_sets = load_condition_sets(self.condition_sets)
        rule_files = read_rule_files([name for each in condition_sets for name in each.rules])
        # The rules that ship are sound, and to read them takes a while.
        if any(file.text is not None for file in rule_files):
            parse_rules(rule_files)
        return Job(
            command=command,
            settings=self,
            paths=Paths.of(Path(self.warehouse)),
            condition_sets=condition_sets,
            rule_files=rule_files,
            # Each trial once, in the order in which they were given.
            nct_ids=tuple(dict.fromkeys(NctId.parse(nct_id) for nct_id in nct_ids)),
            registry=SAMPLE if self.registry == SAMPLE else check_address(self.registry),
            report=None if self.report is None else check_report_path(self.report),
            feed=None if self.feed is None else check_report_path(self.feed, "feed"),
            alerts=parse_alerts(self.alert),
            targets=tuple(dict.fromkeys(parse_address(text.strip()) for text in self.publish_to)),
        )


def _check_dask(address: str, workers: int | None) -> None:
    """Check where the cluster is, that its packages are there, and that the workers are not chosen twice.

    Raises:
        BadSetting: it is not the address of a scheduler, or another setting contradicts it.
        ExtraMissing: the packages are not installed.
    """
    if address != LOCAL_CLUSTER and not _SCHEDULER.fullmatch(address):
        raise BadSetting(f"--dask takes `{LOCAL_CLUSTER}`, or an address such as tls://10.0.0.5:8786, not {address!a}")
    if workers == 0:
        raise BadSetting("--workers 0 makes the rows in the run's own process, and --dask on a cluster")
    if workers is not None and address != LOCAL_CLUSTER:
        raise BadSetting("--workers says how many workers this machine starts, and those of --dask are started there")
    require_extra("dask", "prefect_dask", "--dask")


def hand_over(settings: Settings) -> None:
    """Put the settings into the environment, for the flows of this process and of those that it starts.

    They are not parameters of the flows, because whoever starts a run through Prefect's API could then choose the
    files that it reads and writes, and the registry that it believes.
    """
    os.environ[HANDED_OVER] = json.dumps(asdict(settings))


def read_handed_over() -> Settings:
    """Return the settings that this process was given; where it was given none, those of a scheduled run.

    Raises:
        BadSetting: they cannot be read.
    """
    text = os.environ.get(HANDED_OVER)
    if not text:
        return Settings(wait=SCHEDULED_WAIT)
    try:
        settings = Settings(**json.loads(text))
    except (TypeError, ValueError) as error:
        raise BadSetting(f"{HANDED_OVER} must be a JSON object of settings ({error})") from None
    # A person may write one name without the list, and a text is a list of letters.
    for name in ("condition_sets", "publish_to"):
        value = getattr(settings, name)
        if not isinstance(value, list | tuple):
            raise BadSetting(f"{name} of {HANDED_OVER} must be a list, not {value!a}")
    return settings


@dataclass(frozen=True, slots=True)
class Job:
    """What a run is to do, with settings that were checked.

    Attributes:
        command: the command, such as `sync`.
        settings: the settings as they were given.
        paths: the warehouse's.
        condition_sets: the sets to follow, in the order in which they count.
        rule_files: the files of rules that these sets name.
        nct_ids: the trials of a backfill; empty for a sync.
        registry: its checked address, or `sample`.
        report: the file of the report, or None.
        feed: the file of the feed, or None.
        alerts: the events that the operator's command is told of.
        targets: where the warehouse is published to besides the file.
    """

    command: str
    settings: Settings
    paths: Paths
    condition_sets: tuple[ConditionSet, ...]
    rule_files: tuple[RuleFile, ...]
    nct_ids: tuple[NctId, ...]
    registry: str
    report: Path | None
    feed: Path | None
    alerts: tuple[str, ...]
    targets: tuple[Address, ...]

    def get_rate(self, base_url: str) -> float | None:
        """Return the requests a second for this address; None for no limit."""
        from extract.client.address import get_default_rate  # noqa: PLC0415 - only runs need it, not the pages

        return get_default_rate(base_url) if self.settings.rate is None else self.settings.rate
