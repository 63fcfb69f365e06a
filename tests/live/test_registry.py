"""Each thing that the code takes for granted about the registry, asked of it; a failure names the one place to change.

`make test-live` asks ClinicalTrials.gov itself: fewer than 20 requests, one a second. ACLF_LIVE_REGISTRY names another
registry, `sample` or a base URL.
"""

from __future__ import annotations

import re
from pkgutil import resolve_name
from typing import Any
from urllib.parse import urlsplit

import pytest

from extract.client import api
from extract.client.policy import Action, get_decision
from transform.catalog.model import load_record_shape
from transform.codes import load_code_lists
from transform.fields import map_code_lists
from transform.paths import LIST
from transform.shape import find_shape_error, find_unknown_keys

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

ABSENT = "NCT99999999"
RECORDS = 50


def taken_for_granted(holds: object, what: str, place: str) -> None:
    """Fails with what does not hold, and the name in the code (`module:name`) that says so."""
    resolve_name(place)
    assert holds, f"the registry is not as we take it: {what}. Change {place}."


def is_plain(answer: Any, status: int) -> bool:
    """Whether an answer is a text with this status, as the registry's refusals are."""
    return answer.status_code == status and answer.headers.get("Content-Type", "").startswith("text/plain")


def test_the_version_tells_when_the_data_was_loaded(live):
    """`/version` has two texts: the API's version, 2, and a time without a zone."""
    told = live.version.json()
    taken_for_granted(
        str(told.get(api.API_VERSION)).startswith("2."), f"it speaks {told}", "extract.client.api:API_VERSION"
    )
    stamp = re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", str(told.get(api.DATA_TIMESTAMP)))
    taken_for_granted(stamp, f"its data is of {told}", "extract.client.api:DATA_TIMESTAMP")


def test_answers_are_json_plain_or_packed_with_gzip(live):
    """An answer says that it is JSON, and is packed as we ask or not at all."""
    headers = live.listing.headers
    taken_for_granted(
        "application/json" in headers["Content-Type"], str(headers), "extract.client.exchange:_parse_body"
    )
    taken_for_granted(
        headers.get("Content-Encoding") in {None, "gzip"}, str(headers), "extract.client.exchange:Session"
    )


def test_a_listing_is_counted(live):
    """The first page tells how many studies there are, exactly, and the set is no smaller than its file believes."""
    page = live.listing.json()
    total = page.get(api.TOTAL_COUNT)
    taken_for_granted(isinstance(total, int) and total >= 30, f"it counts {total}", "extract.client.api:TOTAL_COUNT")
    whole = len(set(live.ids)) == total or api.NEXT_PAGE_TOKEN in page
    taken_for_granted(whole, f"it lists {len(live.ids)} of {total}", "extract.client.listing:list_studies")


def test_a_listed_study_says_what_was_asked(live):
    """Each listed study has its number, its last update and its status where we look for them."""
    for path, name in (
        (api.NCT_ID, "NCT_ID"),
        (api.LAST_UPDATE_POST_DATE, "LAST_UPDATE_POST_DATE"),
        (api.OVERALL_STATUS, "OVERALL_STATUS"),
        (api.VERSION_HOLDER, "VERSION_HOLDER"),
    ):
        missing = [study for study in live.listed if not isinstance(api.get_path(study, path), str)]
        taken_for_granted(
            not missing, f"a listed study has no {'.'.join(path)}: {missing[:1]}", f"extract.client.api:{name}"
        )
    holders = {api.get_path(study, api.VERSION_HOLDER) for study in live.listed}
    taken_for_granted(
        len(holders) == 1, f"version holders {holders} in one listing", "extract.client.listing:_read_all_pages"
    )


def test_pages_follow_by_token_and_the_last_may_be_empty(live):
    """A full page has a token, only the first a count; after a full last page comes an empty one without a token."""
    query = {api.IDS: ",".join(live.ids[:2]), api.PAGE_SIZE: "1", api.FIELDS: "NCTId"}
    first = live.studies(**query, **{api.COUNT_TOTAL: "true"}).json()
    second = live.studies(**query, **{api.PAGE_TOKEN: first[api.NEXT_PAGE_TOKEN]}).json()
    last = live.studies(**query, **{api.PAGE_TOKEN: second[api.NEXT_PAGE_TOKEN]}).json()
    pages = [(len(page[api.STUDIES]), page.get(api.TOTAL_COUNT)) for page in (first, second, last)]
    taken_for_granted(
        pages == [(1, 2), (1, None), (0, None)], f"pages of {pages}", "extract.client.listing:_follow_pages"
    )
    taken_for_granted(
        api.NEXT_PAGE_TOKEN not in last, "an empty last page has a token", "extract.client.listing:_follow_pages"
    )


def test_a_page_has_at_most_a_thousand_studies(live):
    """A larger `pageSize` is cut without a word."""
    answer = live.studies(**{api.PAGE_SIZE: "1001", api.FIELDS: "NCTId"})
    size = len(answer.json()[api.STUDIES]) if answer.ok else answer.text
    taken_for_granted(
        answer.ok and size <= api.MAX_PAGE_SIZE, f"1001 a page: {size}", "extract.client.api:MAX_PAGE_SIZE"
    )


def test_ids_are_looked_up(live):
    """`filter.ids` takes two hundred; gives a merged study under its current number, and nothing for an absent one."""
    numbers = [live.obsolete, ABSENT, *(f"NCT{number:08}" for number in range(99999700, 99999700 + 198))]
    assert len(numbers) == api.MAX_IDS_PER_REQUEST
    answer = live.studies(**{api.IDS: ",".join(numbers), api.FIELDS: "NCTId|NCTIdAlias"})
    taken_for_granted(answer.ok, f"200 ids: {answer.status_code}", "extract.client.api:MAX_IDS_PER_REQUEST")
    found = answer.json()[api.STUDIES]
    aliases = [api.get_path(study, api.ALIASES) for study in found]
    taken_for_granted(len(found) == 1, f"it gives {found}", "flows.fetch:fetch_batch")
    taken_for_granted(
        live.obsolete in (aliases[0] or []), f"{aliases} for {live.obsolete}", "extract.client.api:ALIASES"
    )


def test_an_advanced_filter_is_taken(live):
    """`filter.advanced` takes an area and a range, beside a search."""
    query = {api.ADVANCED: "AREA[LastUpdatePostDate]RANGE[2000-01-01,MAX]", api.FIELDS: "NCTId", api.PAGE_SIZE: "1"}
    answer = live.studies(**query)
    taken_for_granted(answer.ok, f"{answer.status_code} {answer.text[:80]}", "extract.client.api:ADVANCED")


def test_a_merged_study_is_redirected(live):
    """An obsolete number is answered 301, to a study of the same server that lists it."""
    answer = live.get(f"{api.STUDIES_PATH}/{live.obsolete}")
    taken_for_granted(
        get_decision(answer.status_code).action is Action.FOLLOW_ALIAS,
        f"{answer.status_code}",
        "extract.client.policy:DECISIONS",
    )
    place = urlsplit(answer.headers["Location"])
    folder, _, number = place.path.rpartition("/")
    fits = folder == urlsplit(live.url).path + api.STUDIES_PATH and re.fullmatch("NCT[0-9]{8}", number)
    taken_for_granted(fits, f"it points to {place.geturl()}", "extract.client.registry:Registry._read_redirect_target")
    record = live.get(f"{api.STUDIES_PATH}/{number}").json()
    listed = live.obsolete in (api.get_path(record, api.ALIASES) or [])  # type: ignore[operator]  # JSON can be anything
    taken_for_granted(listed, f"{number} does not list {live.obsolete}", "extract.client.registry:_read_nct_id")


def test_an_absent_study_is_told_from_a_wrong_path(live):
    """A study that does not exist is a 404 with words, a wrong path one without."""
    absent, wrong = live.get(f"{api.STUDIES_PATH}/{ABSENT}"), live.get("/nowhere")
    taken_for_granted(
        is_plain(absent, 404) and absent.text.strip(),
        f"{absent.status_code}",
        "extract.client.registry:_is_about_a_study",
    )
    empty = wrong.status_code == 404 and (not wrong.text.strip() or wrong.text.lstrip().startswith("<"))
    taken_for_granted(empty, f"{wrong.status_code} {wrong.text[:80]}", "extract.client.registry:_is_about_a_study")


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ({api.IDS: "NCT1x"}, "extract.client.policy:DECISIONS"),
        ({api.PAGE_TOKEN: "no-token"}, "extract.client.listing:_read_later_page"),
        ({"no.such.parameter": "1"}, "extract.client.policy:DECISIONS"),
    ],
    ids=["id", "token", "parameter"],
)
def test_a_refusal_is_a_400_in_plain_text(live, query, place):
    """What is wrong with a request is said in words: a malformed id, a token it never gave, an unknown parameter."""
    answer = live.studies(**query)
    taken_for_granted(is_plain(answer, 400) and answer.text, f"{query}: {answer.status_code} {answer.text[:80]}", place)


def test_records_have_the_shape_keys_and_codes_that_we_know(live):
    """The first records of the set fit; keys and codes that the field tree and the code lists lack are named."""
    records = live.studies(**{api.IDS: ",".join(live.ids[:RECORDS])}).json()[api.STUDIES]
    unfit = [found for record in records if (found := find_shape_error(record, load_record_shape()))]
    taken_for_granted(
        not unfit, f"records are of another shape: {unfit[:3]}", "transform.catalog.model:load_record_shape"
    )
    keys = sorted({key for record in records for key in find_unknown_keys(record, load_record_shape())})
    taken_for_granted(not keys, f"unknown keys {keys}", "transform.fields:load_fields")
    codes = {name: {row["code"] for row in rows} for name, rows in load_code_lists().items()}
    unknown = {
        (path, code)
        for path, name in map_code_lists().items()
        for record in records
        for code in values(record, path.split("."))
        if code not in codes[name]
    }
    taken_for_granted(not unknown, f"unknown codes {sorted(unknown)}", "transform.codes:load_code_lists")


def values(value: Any, steps: list[str]) -> list[Any]:
    """The values at a path of a record, whose steps end with `[]` where they are lists."""
    if not steps:
        return [value]
    below = value.get(steps[0].removesuffix(LIST)) if isinstance(value, dict) else None
    elements = (below or []) if steps[0].endswith(LIST) else [] if below is None else [below]
    return [found for element in elements for found in values(element, steps[1:])]
