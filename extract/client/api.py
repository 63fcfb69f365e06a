"""Every assumption about ClinicalTrials.gov's API v2.

The names and limits come from the registry's API document (2.0.5) and from recorded answers. If the registry behaves
differently, change it here: no other module spells a parameter, a field or a limit.
"""

from __future__ import annotations

BASE_URL = "https://clinicaltrials.gov/api/v2"
"""The live service."""

SOURCE = "U.S. National Library of Medicine, ClinicalTrials.gov"
"""How the library asks to be named wherever its data is shown, together with the date of the data."""

LIVE_RATE = 1.0
"""Requests a second that we allow ourselves: the API documents no limit, and robots.txt has `Crawl-delay: 1`."""

VERSION_PATH = "/version"
STUDIES_PATH = "/studies"

# Parameters of `GET /studies`.
SEARCH = "query.cond"
ADVANCED = "filter.advanced"
IDS = "filter.ids"
FIELDS = "fields"
SORT = "sort"
COUNT_TOTAL = "countTotal"
PAGE_SIZE = "pageSize"
PAGE_TOKEN = "pageToken"  # noqa: S105 - the name of a parameter

UPDATED_SINCE = "AREA[LastUpdatePostDate]RANGE[{day},MAX]"
"""The filter for studies whose last update was posted on a day or later. Filters are joined by ` AND `, in brackets."""

# Keys of its answers.
STUDIES = "studies"
TOTAL_COUNT = "totalCount"
NEXT_PAGE_TOKEN = "nextPageToken"  # noqa: S105 - the name of a key
API_VERSION = "apiVersion"
DATA_TIMESTAMP = "dataTimestamp"

# The status is listed because it turns to UNKNOWN without a new update date. The version holder is the date of the
# data release, the same in every record: it shows whether the registry reloaded its data between two pages.
LISTED_FIELDS = "NCTId|LastUpdatePostDate|OverallStatus|VersionHolder"
"""The fields of each study that a listing asks for."""

# Without a sort the order may differ from page to page, so that a study is on two pages and another one on none. Only
# dates and numbers are allowed, and at most two of them: no key is unique, but these two leave few ties (14 studies of
# 1,196). Both are examples of the API document. The latest update comes last, so that it cannot move what was read.
LISTED_ORDER = "LastUpdatePostDate:asc|EnrollmentCount:asc"
"""The order that a listing asks for."""

# Paths in a record: its numbers, and what a listing needs.
NCT_ID = ("protocolSection", "identificationModule", "nctId")
ALIASES = ("protocolSection", "identificationModule", "nctIdAliases")
LAST_UPDATE_POST_DATE = ("protocolSection", "statusModule", "lastUpdatePostDateStruct", "date")
OVERALL_STATUS = ("protocolSection", "statusModule", "overallStatus")
VERSION_HOLDER = ("derivedSection", "miscInfoModule", "versionHolder")

MAX_PAGE_SIZE = 1000
"""The registry reduces a larger `pageSize` to this, without a message."""

MAX_IDS_PER_REQUEST = 200
"""The number of ids in one `filter.ids`: 2.4 kB of URL. The registry answers 414 to a URL that is too long."""

REFUSED_BATCH_STATUSES = frozenset({400, 413, 414, 431})
"""Refusals that one id of a batch may cause, or its length: a smaller batch may be answered. The recorded answer to an
absent id is 200 without the study, but a client reports 400 for the whole batch."""

MOST_STUDIES = 5_000_000
"""A larger `totalCount` is not believed. The whole registry had 605,599 studies on 2026-10-02."""

LONGEST_TOKEN = 4096
"""The most characters of a page token that still fit into a URL."""

MAX_REPLY_BYTES = 64 * 1024 * 1024
"""The longest reply that the client reads, decompressed. The largest known record is below 1 MB, a batch of 200 has
about 4 MB."""


def get_path(document: object, path: tuple[str, ...]) -> object:
    """Return the value at a path of keys in a JSON document.

    Args:
        document: Parsed JSON.
        path: Keys from the outside in; the path does not enter lists.

    Returns:
        The value, or None where a key is absent: the registry omits keys and never writes null.
    """
    for key in path:
        if not isinstance(document, dict):
            return None
        document = document.get(key)
    return document
