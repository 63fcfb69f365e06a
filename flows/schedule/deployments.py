"""The schedule as Prefect deployments: the nightly sync and the on-demand backfill of one condition set.

`prefect.yaml` says the same for those who run workers; a test holds the two equal.
"""

from __future__ import annotations

from dataclasses import asdict
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.client.schemas.schedules import CronSchedule
from prefect.deployments.runner import RunnerDeployment
from prefect.types.entrypoint import EntrypointType
from pydantic import ValidationError

from extract.errors import BadSetting
from flows.backfill import backfill
from flows.sync import sync

if TYPE_CHECKING:
    from flows.settings import Settings

TAG = "aclf-trials"
"""What all runs of this program carry; the other tag is the condition set's name."""

SLUG = "nightly"
"""The schedule's own name, by which a restart finds it again and leaves it paused where it was paused."""

ONE_OR_NONE = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)
"""Syncs: one at a time, and one that comes while another is at work is cancelled, for it would find nothing new."""

ONE_BY_ONE = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.ENQUEUE)
"""Backfills: one at a time, and one that comes while another is at work waits for its turn."""


ABOUT_SYNC = (
    "Lists the condition set, fetches by NCT number what is new or changed, and publishes the warehouse. "
    "One at a time: a sync that comes while another is at work is cancelled, for the other does its work."
)
ABOUT_BACKFILL = (
    "Fetches the trials of the given NCT numbers now, in the condition set or not, and publishes the warehouse. "
    "One at a time: a backfill that comes while another is at work waits for its turn."
)


def make_sync_deployment(settings: Settings, condition_set: str, cron: str, time_zone: str) -> RunnerDeployment:
    """The sync of a condition set on a schedule, `sync/NAME`.

    Args:
        settings: What its runs are told.
        condition_set: The set's name.
        cron: When, as five fields.
        time_zone: The zone that these are meant in, as in `America/New_York`.

    Raises:
        BadSetting: cron or zone cannot be used.
    """
    try:
        schedule = CronSchedule(cron=cron, timezone=time_zone)
    except ValidationError as error:
        raise BadSetting(f"the schedule {cron!a} in the time zone {time_zone!a} cannot be used") from error
    schedules = [DeploymentScheduleCreate(schedule=schedule, slug=SLUG)]
    return _unresumed(
        RunnerDeployment.from_flow(
            sync,
            **_same(settings, condition_set),
            description=ABOUT_SYNC,
            schedules=schedules,
            concurrency_limit=ONE_OR_NONE,
        )
    )


def make_backfill_deployment(settings: Settings, condition_set: str) -> RunnerDeployment:
    """The backfill beside it, `backfill/NAME`, which runs when it is asked for.

    Args:
        settings: What its runs are told.
        condition_set: The set's name.
    """
    return _unresumed(
        RunnerDeployment.from_flow(
            backfill,
            **_same(settings, condition_set),
            description=ABOUT_BACKFILL,
            concurrency_limit=ONE_BY_ONE,
        )
    )


def _unresumed(deployment: RunnerDeployment) -> RunnerDeployment:
    """What is not set is not sent: neither this nor a schedule's `active`, so that what was paused stays paused."""
    deployment.model_fields_set.discard("paused")
    return deployment


def _same(settings: Settings, condition_set: str) -> dict[str, Any]:
    return {
        "name": condition_set,
        "version": version("aclf-trials"),
        "tags": [TAG, condition_set],
        "parameters": {"settings": asdict(settings)},
        "entrypoint_type": EntrypointType.MODULE_PATH,
    }
