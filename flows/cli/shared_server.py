"""The Prefect server that several machines share, for commands with `--dask` or `--rate-limit`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extract.errors import BadSetting
from flows.orchestration.environment import is_api_configured
from flows.orchestration.home import prepare_prefect
from flows.settings import LOCAL_CLUSTER

if TYPE_CHECKING:
    from flows.settings import Job


def prepare_shared_server(job: Job, *, as_flow: bool) -> None:
    """Prepare to ask the Prefect server that other machines ask too, if the job needs it.

    Args:
        job: the job.
        as_flow: whether it runs as a Prefect flow.

    Raises:
        BadSetting: nobody has named a server, and one of the run's own is unknown to other machines; or a run without
            Prefect is to use a Dask cluster.
        PrefectUnusable: Prefect's home cannot be written to.
    """
    dask, rate_limit = job.settings.dask, job.settings.rate_limit
    if dask is not None and not as_flow:
        raise BadSetting("--dask makes the rows in tasks of a Prefect flow, and --direct runs without Prefect")
    # A cluster on this machine reaches the run's own server, which nobody else has to know.
    if rate_limit is None and dask in {None, LOCAL_CLUSTER}:
        return
    prepare_prefect(job.paths)
    if not is_api_configured():
        flag = "--dask" if rate_limit is None else "--rate-limit"
        raise BadSetting(
            f"{flag} needs a Prefect server that other machines reach too, and PREFECT_API_URL names none",
            next_step="start one with `prefect server start`, set PREFECT_API_URL, and run the command again",
        )
