"""The registry's client: its version, the listing of a set, and studies by their NCT number."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import quote, urlencode, urljoin, urlsplit

from extract.client import api
from extract.client.address import check_address
from extract.client.listing import Listing, list_studies
from extract.client.policy import Action
from extract.client.transport import Transport
from extract.errors import BadNctNumber, BadSetting, StudyNotFound, UnexpectedRedirect
from extract.nct import NctId

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from extract.client.reply import Reply
    from extract.condition_set import ConditionSet

MAX_IDS_PER_REQUEST = api.MAX_IDS_PER_REQUEST


@dataclass(frozen=True, slots=True)
class Version:
    """What the registry serves.

    Attributes:
        api_version: As in `2.0.5`.
        data_timestamp: When its data was loaded, as written: `2026-09-11T09:00:04`, UTC without saying so.
    """

    api_version: str
    data_timestamp: str


@dataclass(frozen=True, slots=True)
class StudyReply:
    """One study.

    Attributes:
        body: The record as it came, one JSON object.
        document: The same, parsed.
        nct_id: The study's current number.
    """

    body: bytes
    document: object
    nct_id: NctId


class Registry:
    """A connection to ClinicalTrials.gov, or to whatever speaks its API v2.

    Args:
        base_url: `https://...`, or `http://` on loopback.
        requests_per_second: The fastest pace, or None for no limit.
        patience: The most seconds that one request may take with all its retries.
        sleep: Waits so many seconds; tests give one that does not.
        clock: Gives seconds that only grow.

    Raises:
        BadSetting: The address, the pace or the patience cannot be used.
    """

    def __init__(
        self,
        base_url: str = api.BASE_URL,
        *,
        requests_per_second: float | None,
        patience: float,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        for name, value in (("rate", requests_per_second), ("patience", patience)):
            if value is not None and not 0 < value < math.inf:
                raise BadSetting(f"the {name} must be a number above zero, not {value}")
        self._transport = Transport(
            check_address(base_url),
            requests_per_second=requests_per_second,
            patience=patience,
            sleep=sleep,
            clock=clock,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    @property
    def requests_sent(self) -> int:
        """How many HTTP requests were sent, or tried to be, retries included."""
        return self._transport.requests_sent

    def version(self) -> Version:
        """Ask for the versions of the API and of its data.

        Raises:
            RegistryError: They could not be had.
        """
        reply = self._transport.get(api.VERSION_PATH)
        document = reply.strictly_accepted()
        versions = document.get(api.API_VERSION), document.get(api.DATA_TIMESTAMP)
        match versions:
            case str(api_version), str(data_timestamp) if (api_version + data_timestamp).isascii():
                return Version(api_version, data_timestamp)
        raise reply.changed_shape(f"`{api.API_VERSION}` and `{api.DATA_TIMESTAMP}` are not both texts of ASCII")

    def listing(self, condition_set: ConditionSet) -> Listing:
        """List a condition set; see `extract.client.listing.list_studies`.

        Raises:
            ListingRefused: The listing is too doubtful to act on.
            RegistryError: A page could not be had.
        """
        return list_studies(self._search, condition_set)

    def studies(self, ids: Sequence[NctId]) -> Reply:
        """Fetch the full records of some studies in one request.

        Args:
            ids: From one to `MAX_IDS_PER_REQUEST` numbers.

        Returns:
            The reply: its body as it came and the same parsed, a JSON object with a list `studies`. An id that the
            registry does not know has no study there, and one that was merged comes under its current id.

        Raises:
            ValueError: There are too few or too many ids.
            RegistryError: They could not be had.
        """
        if not 1 <= len(ids) <= MAX_IDS_PER_REQUEST:
            raise ValueError(f"{len(ids)} ids in one request; from 1 to {MAX_IDS_PER_REQUEST} are possible")
        reply = self._search({api.IDS: ",".join(ids), api.PAGE_SIZE: str(api.MAX_PAGE_SIZE)})
        document = reply.accepted()
        studies = document.get(api.STUDIES)
        if not isinstance(studies, list):
            raise reply.changed_shape(f"`{api.STUDIES}` is not a list")
        if api.NEXT_PAGE_TOKEN in document and len(studies) < len(ids):
            raise reply.changed_shape(f"{len(studies)} of {len(ids)} studies, and the others on a page of their own")
        return reply

    def study(self, nct_id: NctId) -> StudyReply:
        """Fetch one study; a merged one is followed, once, to its current number.

        Raises:
            StudyNotFound: The registry has no such study.
            UnexpectedRedirect: It points elsewhere, or to a study that does not list the number as an alias.
            RegistryError: The study could not be had.
        """
        reply = self._transport.get(_study_path(nct_id))
        was_redirected = reply.decision.action is Action.FOLLOW_ALIAS
        if was_redirected:
            reply = self._transport.get(_study_path(self._alias_target(reply)))
        if reply.decision.action is Action.NOT_FOUND and _is_about_a_study(reply.body):
            raise StudyNotFound(f"{nct_id} is not on ClinicalTrials.gov")
        current = _current_number(reply)
        if current != nct_id and not _lists(reply, nct_id):
            if was_redirected:
                raise UnexpectedRedirect(f"{nct_id} was redirected to the record of {current}, which does not list it")
            raise reply.changed_shape(f"it was asked for {nct_id} and gave the record of {current}")
        return StudyReply(reply.body, reply.document, current)

    def _search(self, parameters: Mapping[str, str]) -> Reply:
        # A comma may stand in a query as it is; encoded, each id would be two characters longer.
        query = urlencode(parameters, safe=",", quote_via=quote)
        return self._transport.get(f"{api.STUDIES_PATH}?{query}")

    def _alias_target(self, reply: Reply) -> NctId:
        """Give the study that a redirect points to: on the same server, and nothing but a study."""
        base = urlsplit(self._transport.base_url)
        try:
            target = urlsplit(urljoin(reply.url, reply.headers.get("Location", "")))
            folder, _, name = target.path.rpartition("/")
            if target[:2] == base[:2] and folder == base.path + api.STUDIES_PATH:
                return NctId(name)
        except (BadNctNumber, ValueError) as error:
            raise reply.redirect_not_followed() from error
        raise reply.redirect_not_followed()


def _study_path(nct_id: NctId) -> str:
    return f"{api.STUDIES_PATH}/{nct_id}"


def _is_about_a_study(body: bytes) -> bool:
    """Tell the registry's own words on a missing study from a wrong path (empty) or somebody's error page."""
    return bool(body.strip()) and not body.lstrip().startswith(b"<")


def _current_number(reply: Reply) -> NctId:
    """Read which study a record is."""
    try:
        return NctId(str(api.get_path(reply.accepted(), api.NCT_ID)))
    except BadNctNumber as error:
        raise reply.changed_shape(f"the study has no NCT number ({error.happened})") from error


def _lists(reply: Reply, nct_id: NctId) -> bool:
    """Tell whether a record lists a number as an alias of its own."""
    aliases = api.get_path(reply.document, api.ALIASES)
    return isinstance(aliases, list) and nct_id in aliases
