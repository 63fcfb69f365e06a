"""The client of the registry: its version, the listing of a condition set, and studies by their NCT number."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import quote, urlencode, urljoin, urlsplit

from extract.client import api
from extract.client.address import check_address
from extract.client.listing import Listing, count_studies, list_studies, list_updates
from extract.client.policy import Action
from extract.client.reply import parse_json
from extract.client.studies import parse_outline
from extract.client.transport import Transport
from extract.errors import BadNctNumber, BadSetting, StudyNotFound, UnexpectedRedirect
from extract.nct import NctId

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from extract.client.listing import PageKeeper
    from extract.client.reply import Reply
    from extract.condition_set import ConditionSet

MAX_IDS_PER_REQUEST = api.MAX_IDS_PER_REQUEST


@dataclass(frozen=True, slots=True)
class Version:
    """What the registry serves.

    Attributes:
        api_version: For example `2.0.5`.
        data_timestamp: When its data was loaded, as written: `2026-09-11T09:00:04`. It is UTC, without a zone.
    """

    api_version: str
    data_timestamp: str


@dataclass(frozen=True, slots=True)
class StudyReply:
    """One study.

    Attributes:
        body: The bytes of the reply, one JSON object.
        document: The same, parsed.
        nct_id: The study's current number.
    """

    body: bytes
    document: object
    nct_id: NctId


class Registry:
    """A connection to ClinicalTrials.gov, or to another server with its API v2.

    Args:
        base_url: `https://...`, or `http://` on loopback.
        requests_per_second: The fastest pace, or None for no limit.
        patience: The most seconds that one request may take with all its retries.
        sleep: Waits for a number of seconds; tests pass a function that returns at once.
        clock: Returns seconds that only grow.
        before_request: Called before each request, retries included; it may wait, and an error of it is raised.

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
        before_request: Callable[[], None] = lambda: None,
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
            before_request=before_request,
        )
        self._names_releases = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    @property
    def requests_sent(self) -> int:
        """The number of HTTP requests that the client sent or tried to send, retries included."""
        return self._transport.requests_sent

    @property
    def releases(self) -> frozenset[str]:
        """The data releases that the answers came from, as far as they tell; empty if their hints are not believed."""
        return frozenset(self._transport.releases if self._names_releases else ())

    def fetch_version(self) -> Version:
        """Ask for the version of the API and of its data.

        Raises:
            RegistryError: The registry did not answer with both.
        """
        reply = self._transport.get(api.VERSION_PATH)
        document = reply.require_strict_document()
        versions = document.get(api.API_VERSION), document.get(api.DATA_TIMESTAMP)
        # Both texts become names of folders and values of `ops.runs`, so only ASCII is accepted.
        match versions:
            case str(api_version), str(data_timestamp) if (api_version + data_timestamp).isascii():
                # The hint is not documented. It is believed only while it agrees with the answer that carries it.
                self._names_releases = reply.data_release == data_timestamp
                return Version(api_version, data_timestamp)
        raise reply.make_shape_error(f"`{api.API_VERSION}` and `{api.DATA_TIMESTAMP}` are not both texts of ASCII")

    def fetch_listing(self, condition_set: ConditionSet, keeper: PageKeeper | None = None) -> Listing:
        """List a condition set; see `extract.client.listing.list_studies`.

        Raises:
            ListingRefused: The listing is too doubtful to act on.
            RegistryError: The registry did not deliver a page.
        """
        return list_studies(self._search, condition_set, keeper)

    def fetch_updates(self, condition_set: ConditionSet, since: date) -> Listing:
        """List what was updated in a condition set; see `extract.client.listing.list_updates`.

        Raises:
            ListingRefused: No study was updated, or the listing is too doubtful to act on.
            RegistryError: The registry did not deliver a page.
        """
        return list_updates(self._search, condition_set, since)

    def count_studies(self, condition_set: ConditionSet) -> int:
        """Ask how many studies the search of a condition set finds.

        Raises:
            RegistryError: The registry did not answer with a number.
        """
        return count_studies(self._search, condition_set)

    def fetch_studies(self, ids: Sequence[NctId]) -> Reply:
        """Fetch the full records of some studies in one request.

        Args:
            ids: From one to `MAX_IDS_PER_REQUEST` numbers.

        Returns:
            The reply: its bytes, and its outline (see `parse_outline`): a JSON object with a list `studies`. The list
            has no study for an id that the registry does not know. A merged study comes under its current id.

        Raises:
            ValueError: There are too few or too many ids.
            RegistryError: The registry did not deliver the records.
        """
        if not 1 <= len(ids) <= MAX_IDS_PER_REQUEST:
            raise ValueError(f"{len(ids)} ids in one request; from 1 to {MAX_IDS_PER_REQUEST} are possible")
        reply = self._search({api.IDS: ",".join(ids), api.PAGE_SIZE: str(api.MAX_PAGE_SIZE)})
        # A batch is long: the strict second parse is left to the caller, who reads the records anyway.
        document = reply.require_document()
        studies = document.get(api.STUDIES)
        if not isinstance(studies, list):
            raise reply.make_shape_error(f"`{api.STUDIES}` is not a list")
        # A token here means that studies wait on a second page. Without this check they would count as absent.
        if api.NEXT_PAGE_TOKEN in document and len(studies) < len(ids):
            raise reply.make_shape_error(
                f"it holds {len(studies)} of {len(ids)} studies and leaves the others to a next page"
            )
        return reply

    def fetch_study(self, nct_id: NctId) -> StudyReply:
        """Fetch one study, and follow a merged one, once, to its current number.

        Raises:
            StudyNotFound: The registry does not have the study.
            UnexpectedRedirect: It points elsewhere, or to a study that does not list the number as an alias.
            RegistryError: The registry did not deliver the study.
        """
        reply = self._transport.get(_build_study_path(nct_id))
        was_redirected = reply.decision.action is Action.FOLLOW_ALIAS
        if was_redirected:
            # Only one redirect is followed: a second one is refused below, so a circle ends here.
            reply = self._transport.get(_build_study_path(self._read_redirect_target(reply)))
        if reply.decision.action is Action.NOT_FOUND and _is_about_a_study(reply.body):
            raise StudyNotFound(f"{nct_id} is not on ClinicalTrials.gov")

        # A record counts as the answer only if it has the number, or lists the number as an alias.
        current = _read_nct_id(reply)
        if current != nct_id and not _has_alias(reply, nct_id):
            if was_redirected:
                raise UnexpectedRedirect(f"{nct_id} was redirected to the record of {current}, which does not list it")
            raise reply.make_shape_error(f"the request was for {nct_id}, and the record is of {current}")
        return StudyReply(reply.body, reply.document, current)

    def _search(self, parameters: Mapping[str, str]) -> Reply:
        # Of whole records only a few values are needed here, and many records at once take much memory.
        parse = parse_json if api.FIELDS in parameters else parse_outline
        # A query may contain a plain comma. Encoded, each id would be two characters longer.
        query = urlencode(parameters, safe=",", quote_via=quote)
        return self._transport.get(f"{api.STUDIES_PATH}?{query}", parse)

    def _read_redirect_target(self, reply: Reply) -> NctId:
        """Return the study that a redirect points to.

        Raises:
            UnexpectedRedirect: The target is on another server, or is not a study.
        """
        base = urlsplit(self._transport.base_url)
        try:
            target = urlsplit(urljoin(reply.url, reply.headers.get("Location", "")))
            folder, _, name = target.path.rpartition("/")
            is_same_server = target[:2] == base[:2]  # scheme, and host with port
            if is_same_server and folder == base.path + api.STUDIES_PATH:
                return NctId(name)
        except (BadNctNumber, ValueError) as error:
            raise reply.make_redirect_error() from error
        raise reply.make_redirect_error()


def _build_study_path(nct_id: NctId) -> str:
    return f"{api.STUDIES_PATH}/{nct_id}"


def _is_about_a_study(body: bytes) -> bool:
    """Return whether a 404 comes from the registry and means the study.

    The registry answers a missing study in plain text, and a wrong path with a page, or (older probes) an empty body.
    """
    return bool(body.strip()) and not body.lstrip().startswith(b"<")


def _read_nct_id(reply: Reply) -> NctId:
    """Return the NCT number that a record states.

    Raises:
        RegistryError: The reply is not a record, or the record does not have an NCT number.
    """
    try:
        return NctId(str(api.get_path(reply.require_document(), api.NCT_ID)))
    except BadNctNumber as error:
        raise reply.make_shape_error(f"the study does not have an NCT number ({error.happened})") from error


def _has_alias(reply: Reply, nct_id: NctId) -> bool:
    """Return whether a record lists a number as an alias of its own."""
    aliases = api.get_path(reply.document, api.ALIASES)
    return isinstance(aliases, list) and nct_id in aliases
