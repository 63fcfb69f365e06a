"""The schedule as Prefect deployments: the nightly sync and the on-demand backfill.

`prefect.yaml` says the same for people who run workers; a test keeps the two equal.
"""

from __future__ import annotations

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
    from collections.abc import Sequence

TAG = "aclf-trials"
"""The tag of all runs of this program; the other tags are the names of the condition sets."""

SCHEDULE_SLUG = "nightly"
"""The name of the schedule. A restart finds it by this name, and leaves it paused if it was paused."""

SYNC_LIMIT = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)
"""Syncs run one at a time. A second one is cancelled, because it would find nothing new."""

BACKFILL_LIMIT = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.ENQUEUE)
"""Backfills run one at a time. A second one waits for its turn."""


SYNC_DESCRIPTION = (
    "Lists the condition sets, fetches by NCT number what is new or changed, and publishes the warehouse. "
    "One at a time: a sync that is due while another runs is cancelled, because the other does its work."
)
BACKFILL_DESCRIPTION = (
    "Fetches the trials of the given NCT numbers now, in a condition set or not, and publishes the warehouse. "
    "One at a time: a backfill that is requested while another runs waits for its turn."
)


def make_sync_deployment(condition_sets: Sequence[str], cron: str, time_zone: str) -> RunnerDeployment:
    """Make the deployment of the scheduled sync of condition sets, `sync/NAME`, with the name of the first set.

    Args:
        condition_sets: the sets' names.
        cron: when, as five fields.
        time_zone: the zone of these fields, as in `America/New_York`.

    Raises:
        BadSetting: cron or zone cannot be used.
    """
    try:
        schedule = CronSchedule(cron=cron, timezone=time_zone)
    except ValidationError as error:
        raise BadSetting(f"the schedule {cron!a} in the time zone {time_zone!a} cannot be used") from error
    schedules = [DeploymentScheduleCreate(schedule=schedule, slug=SCHEDULE_SLUG)]
    return _leave_paused_as_it_is(
        RunnerDeployment.from_flow(
            sync,
            **_make_common_arguments(condition_sets),
            description=SYNC_DESCRIPTION,
            schedules=schedules,
            concurrency_limit=SYNC_LIMIT,
        )
    )


def make_backfill_deployment(condition_sets: Sequence[str]) -> RunnerDeployment:
    """Make the deployment of the backfill beside it, `backfill/NAME`, which runs on demand.

    Args:
        condition_sets: the sets' names.
    """
    return _leave_paused_as_it_is(
        RunnerDeployment.from_flow(
            backfill,
            **_make_common_arguments(condition_sets),
            description=BACKFILL_DESCRIPTION,
            concurrency_limit=BACKFILL_LIMIT,
        )
    )


def _leave_paused_as_it_is(deployment: RunnerDeployment) -> RunnerDeployment:
    """Leave `paused` unset, so that registering again does not resume a deployment that the operator paused.

    The schedule's `active` is not set for the same reason: what is not set is not sent.
    """
    deployment.model_fields_set.discard("paused")
    return deployment


def _make_common_arguments(condition_sets: Sequence[str]) -> dict[str, Any]:
    return {
        # One set keeps the deployment's name when others are added.
        "name": condition_sets[0],
        "version": version("aclf-trials"),
        "tags": [TAG, *condition_sets],
        "entrypoint_type": EntrypointType.MODULE_PATH,
    }
