"""Replies that cannot be used: what becomes of each, and of the trial that it was for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extract.client import api
from extract.client.api import REFUSED_BATCH_STATUSES
from extract.errors import RegistryRefused, ReplyUnreadable, ReplyUnusable
from extract.landing import LandedReply, UnusableReply
from flows.fetching.landed import FetchResult, locate_landing
from transform.records import dump_record
from transform.replies import read_reply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from extract.client.listing import Listing
    from extract.nct import NctId
    from flows.run import RegistryRun


def quarantine_entries_without_id(run: RegistryRun, listings: Iterable[Listing]) -> FetchResult:
    """Return the listings' entries without an NCT number, as a reply with no requested trial: each is quarantined.

    Raises:
        ReplyUnusable: one of them cannot be written down.
    """
    try:
        # Several sets may list the same entry.
        entries = dict.fromkeys(dump_record(entry) for listing in listings for entry in listing.entries_without_id)
    except ValueError as error:
        raise ReplyUnreadable(f"an entry of the listing without a number cannot be kept ({error})") from error
    if not entries:
        return FetchResult()
    body = b'{"%s":[%s]}' % (api.STUDIES.encode(), b",".join(entries))
    file = locate_landing(run, "quarantined").land("entries without id", body)
    return FetchResult((LandedReply(file, ()),))


def quarantine_trial(run: RegistryRun, nct_id: NctId, error: ReplyUnusable | RegistryRefused) -> FetchResult:
    """Return a reply that says why nothing is known of a trial."""
    problem = error.happened if isinstance(error, RegistryRefused) else error.problem
    file = locate_landing(run, "quarantined").land(nct_id, error.reply)
    return FetchResult((LandedReply(file, (nct_id,), problem),))


def refuse_unreadable(reply: LandedReply) -> None:
    """Refuse a reply whose records cannot be read; it does not stay on disk.

    Raises:
        ReplyUnreadable: they cannot be read.
    """
    try:
        read_reply(reply)
    except ValueError as error:
        raise give_up(UnusableReply(reply, str(error))) from error


def give_up(unusable: UnusableReply) -> ReplyUnreadable:
    """Return the error of an unusable reply, and remove the reply, so that the next run requests it again."""
    happened = f"the registry's answer for {', '.join(unusable.reply.asked)} cannot be read ({unusable.reason})"
    error = ReplyUnreadable(happened, problem=unusable.reason, reply=unusable.reply.file.read_bytes())
    unusable.reply.file.unlink()
    return error


def is_about_the_batch(error: ReplyUnusable | RegistryRefused) -> bool:
    """Return whether a smaller batch may be answered where this error came."""
    return not isinstance(error, RegistryRefused) or error.status in REFUSED_BATCH_STATUSES
