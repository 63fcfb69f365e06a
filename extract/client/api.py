"""All that we take for granted about ClinicalTrials.gov's API v2, in one place.

The names and limits are those of the registry's API document (2.0.5) and of its recorded answers. Whoever
meets the registry behaving otherwise changes it here; no other module spells a parameter, a field or a limit.
"""

from __future__ import annotations

BASE_URL = "https://clinicaltrials.gov/api/v2"
"""The live service."""

LIVE_RATE = 1.0
"""Requests a second that we allow ourselves: no limit is documented, and its robots.txt asks for one."""

VERSION_PATH = "/version"
STUDIES_PATH = "/studies"

# Parameters of `GET /studies`.
SEARCH = "query.cond"
ADVANCED = "filter.advanced"
IDS = "filter.ids"
FIELDS = "fields"
COUNT_TOTAL = "countTotal"
PAGE_SIZE = "pageSize"
PAGE_TOKEN = "pageToken"  # noqa: S105 - the name of a parameter

# Keys of its answers.
STUDIES = "studies"
TOTAL_COUNT = "totalCount"
NEXT_PAGE_TOKEN = "nextPageToken"  # noqa: S105 - the name of a key
API_VERSION = "apiVersion"
DATA_TIMESTAMP = "dataTimestamp"

LISTED_FIELDS = "NCTId|LastUpdatePostDate|OverallStatus|VersionHolder"
"""What a listing asks of each study. The status, because it turns to UNKNOWN without a new update date; the
version holder, which is the night's date and the same in every record, to notice a reload half-way."""

# Where a record says who it is and what a listing needs of it.
NCT_ID = ("protocolSection", "identificationModule", "nctId")
ALIASES = ("protocolSection", "identificationModule", "nctIdAliases")
LAST_UPDATE_POST_DATE = ("protocolSection", "statusModule", "lastUpdatePostDateStruct", "date")
OVERALL_STATUS = ("protocolSection", "statusModule", "overallStatus")
VERSION_HOLDER = ("derivedSection", "miscInfoModule", "versionHolder")

MAX_PAGE_SIZE = 1000
"""A larger `pageSize` is cut to this without a word."""

MAX_IDS_PER_REQUEST = 200
"""Ids that `filter.ids` is given at once: 2.4 kB of URL. A URL that is too long is answered 414."""

MAX_REPLY_BYTES = 64 * 1024 * 1024
"""The longest reply that is read, unpacked. The largest record known is under 1 MB, a batch of 200 some 4 MB."""


def get_path(document: object, path: tuple[str, ...]) -> object:
    """Give the value at a path of keys in a JSON document.

    Args:
        document: Parsed JSON.
        path: Keys from the outside in; lists are not entered.

    Returns:
        The value, or None where a key is absent: the registry omits keys and never writes null.
    """
    for key in path:
        if not isinstance(document, dict):
            return None
        document = document.get(key)
    return document
