"""The registry fulfils each assumption of the code; a failure names the part of the code to change.

`make test-live` asks ClinicalTrials.gov itself, with fewer than 20 requests, one a second. The environment's
ACLF_LIVE_REGISTRY names another registry: `sample` or a base URL.
"""

from __future__ import annotations

import re
from pkgutil import resolve_name
from typing import Any
from urllib.parse import urlsplit

import pytest

from extract.client import api
from extract.client.policy import Action, get_decision, read_data_release
from transform.catalog.files import load_record_shape
from transform.codes import load_code_lists
from transform.fields import map_code_lists
from transform.paths import LIST
from transform.shape import find_shape_error, find_unknown_keys

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

ABSENT = "NCT99999999"
RECORDS = 50


def check_assumption(holds: object, found: str, code_name: str) -> None:
    """Fail with what was found, if an assumption does not hold.

    Args:
        holds: whether the assumption holds.
        found: what the registry does, for the message.
        code_name: the name in the code (`module:name`) that makes the assumption; it must exist.
    """
    resolve_name(code_name)
    assert holds, f"the registry has changed: {found}. Change {code_name}."


def is_plain_text(answer: Any, status: int) -> bool:
    """Return whether an answer is a plain text with this status, as the registry's refusals are."""
    return answer.status_code == status and answer.headers.get("Content-Type", "").startswith("text/plain")


def test_the_version_says_when_the_data_was_loaded(live):
    """`/version` has two texts: the API's version, 2, and a time without a time zone."""
    version = live.version.json()
    check_assumption(
        str(version.get(api.API_VERSION)).startswith("2."),
        f"its version is {version}",
        "extract.client.api:API_VERSION",
    )
    stamp = re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", str(version.get(api.DATA_TIMESTAMP)))
    check_assumption(stamp, f"the time of its data is in {version}", "extract.client.api:DATA_TIMESTAMP")


def test_an_answer_is_json_with_or_without_gzip(live):
    """An answer says that it is JSON, and is compressed with gzip, as we ask, or not at all."""
    headers = live.listing.headers
    check_assumption("application/json" in headers["Content-Type"], str(headers), "extract.client.exchange:_parse_body")
    check_assumption(headers.get("Content-Encoding") in {None, "gzip"}, str(headers), "extract.client.exchange:Session")


def test_a_listing_is_counted(live):
    """The first page has the exact count of the studies, and the set is not smaller than its file expects."""
    page = live.listing.json()
    total = page.get(api.TOTAL_COUNT)
    check_assumption(isinstance(total, int) and total >= 30, f"it counts {total}", "extract.client.api:TOTAL_COUNT")
    is_complete = len(set(live.ids)) == total or api.NEXT_PAGE_TOKEN in page
    check_assumption(is_complete, f"it lists {len(live.ids)} of {total}", "extract.client.listing:list_studies")


def test_a_listed_study_has_the_fields_that_were_asked_for(live):
    """Each listed study has its NCT number, its last update and its status at the paths that we read."""
    for path, name in (
        (api.NCT_ID, "NCT_ID"),
        (api.LAST_UPDATE_POST_DATE, "LAST_UPDATE_POST_DATE"),
        (api.OVERALL_STATUS, "OVERALL_STATUS"),
        (api.VERSION_HOLDER, "VERSION_HOLDER"),
    ):
        missing = [study for study in live.listed if not isinstance(api.get_path(study, path), str)]
        check_assumption(
            not missing, f"a listed study has no {'.'.join(path)}: {missing[:1]}", f"extract.client.api:{name}"
        )
    holders = {api.get_path(study, api.VERSION_HOLDER) for study in live.listed}
    check_assumption(
        len(holders) == 1, f"version holders {holders} in one listing", "extract.client.listing:_read_pages"
    )


def test_a_listing_has_the_order_that_was_asked_for(live):
    """The studies come in the order of their last update."""
    dates = [str(api.get_path(study, api.LAST_UPDATE_POST_DATE)) for study in live.listed]
    check_assumption(dates == sorted(dates), f"dates {dates[:5]} come first", "extract.client.api:LISTED_ORDER")


def test_the_etag_names_the_data_release(live):
    """The third part of an ETag is the time of the data that `/version` names."""
    etag, stamp = live.version.headers.get("ETag"), live.version.json()[api.DATA_TIMESTAMP]
    found = f"the ETag {etag} beside the data of {stamp}"
    check_assumption(read_data_release(etag) == stamp, found, "extract.client.policy:read_data_release")


def test_pages_follow_by_token_and_the_last_may_be_empty(live):
    """A full page has a token, and only the first page a count; a full last page is followed by an empty one."""
    query = {api.IDS: ",".join(live.ids[:2]), api.PAGE_SIZE: "1", api.FIELDS: "NCTId"}
    first = live.studies(**query, **{api.COUNT_TOTAL: "true"}).json()
    second = live.studies(**query, **{api.PAGE_TOKEN: first[api.NEXT_PAGE_TOKEN]}).json()
    last = live.studies(**query, **{api.PAGE_TOKEN: second[api.NEXT_PAGE_TOKEN]}).json()
    pages = [(len(page[api.STUDIES]), page.get(api.TOTAL_COUNT)) for page in (first, second, last)]
    check_assumption(pages == [(1, 2), (1, None), (0, None)], f"pages of {pages}", "extract.client.pages:follow_pages")
    check_assumption(
        api.NEXT_PAGE_TOKEN not in last, "an empty last page has a token", "extract.client.pages:follow_pages"
    )


def test_a_page_has_at_most_a_thousand_studies(live):
    """A larger `pageSize` is reduced without an error."""
    answer = live.studies(**{api.PAGE_SIZE: "1001", api.FIELDS: "NCTId"})
    size = len(answer.json()[api.STUDIES]) if answer.ok else answer.text
    check_assumption(
        answer.ok and size <= api.MAX_PAGE_SIZE, f"1001 a page: {size}", "extract.client.api:MAX_PAGE_SIZE"
    )


def test_ids_are_looked_up(live):
    """`filter.ids` takes two hundred numbers; it finds a merged study under its current number, and no absent study."""
    numbers = [live.obsolete, ABSENT, *(f"NCT{number:08}" for number in range(99999700, 99999700 + 198))]
    assert len(numbers) == api.MAX_IDS_PER_REQUEST
    answer = live.studies(**{api.IDS: ",".join(numbers), api.FIELDS: "NCTId|NCTIdAlias"})
    check_assumption(answer.ok, f"200 ids: {answer.status_code}", "extract.client.api:MAX_IDS_PER_REQUEST")
    found = answer.json()[api.STUDIES]
    aliases = [api.get_path(study, api.ALIASES) for study in found]
    check_assumption(len(found) == 1, f"it gives {found}", "flows.fetching.batches:fetch_batch")
    check_assumption(
        live.obsolete in (aliases[0] or []), f"{aliases} for {live.obsolete}", "extract.client.api:ALIASES"
    )


def test_an_advanced_filter_is_taken(live):
    """`filter.advanced` takes an area and a range."""
    query = {api.ADVANCED: "AREA[LastUpdatePostDate]RANGE[2000-01-01,MAX]", api.FIELDS: "NCTId", api.PAGE_SIZE: "1"}
    answer = live.studies(**query)
    check_assumption(answer.ok, f"{answer.status_code} {answer.text[:80]}", "extract.client.api:ADVANCED")


def test_a_merged_study_is_redirected(live):
    """The answer for an obsolete number is a 301 to a study on the same server that lists the number."""
    answer = live.get(f"{api.STUDIES_PATH}/{live.obsolete}")
    check_assumption(
        get_decision(answer.status_code).action is Action.FOLLOW_ALIAS,
        f"{answer.status_code}",
        "extract.client.policy:DECISIONS",
    )
    target = urlsplit(answer.headers["Location"])
    folder, _, number = target.path.rpartition("/")
    is_study = folder == urlsplit(live.url).path + api.STUDIES_PATH and re.fullmatch("NCT[0-9]{8}", number)
    check_assumption(
        is_study, f"it points to {target.geturl()}", "extract.client.registry:Registry._read_redirect_target"
    )
    record = live.get(f"{api.STUDIES_PATH}/{number}").json()
    aliases = api.get_path(record, api.ALIASES)
    is_listed = isinstance(aliases, list) and live.obsolete in aliases
    check_assumption(is_listed, f"{number} does not list {live.obsolete}", "extract.client.registry:_read_nct_id")


def test_an_absent_study_differs_from_a_wrong_path(live):
    """A study that does not exist is a 404 with a text, and a wrong path is a 404 with a page or without a body."""
    absent, wrong = live.get(f"{api.STUDIES_PATH}/{ABSENT}"), live.get("/nowhere")
    check_assumption(
        is_plain_text(absent, 404) and absent.text.strip(),
        f"{absent.status_code}",
        "extract.client.registry:_is_about_a_study",
    )
    empty = wrong.status_code == 404 and (not wrong.text.strip() or wrong.text.lstrip().startswith("<"))
    check_assumption(empty, f"{wrong.status_code} {wrong.text[:80]}", "extract.client.registry:_is_about_a_study")


@pytest.mark.parametrize(
    ("query", "code_name"),
    [
        ({api.IDS: "NCT1x"}, "extract.client.policy:DECISIONS"),
        ({api.PAGE_TOKEN: "no-token"}, "extract.client.pages:_ask_later_page"),
        ({"no.such.parameter": "1"}, "extract.client.policy:DECISIONS"),
    ],
    ids=["id", "token", "parameter"],
)
def test_a_refusal_is_a_400_in_plain_text(live, query, code_name):
    """A 400 says in plain text what is wrong: a malformed NCT number, an unknown token, an unknown parameter."""
    answer = live.studies(**query)
    check_assumption(
        is_plain_text(answer, 400) and answer.text, f"{query}: {answer.status_code} {answer.text[:80]}", code_name
    )


def test_records_have_the_shape_keys_and_codes_that_we_know(live):
    """The first records of the set have the shape of the catalog, and only known keys and codes."""
    records = live.studies(**{api.IDS: ",".join(live.ids[:RECORDS])}).json()[api.STUDIES]
    shape_errors, unknown_keys = [], set()
    for record in records:
        unknown_keys.update(find_unknown_keys(record, load_record_shape()))
        if shape_error := find_shape_error(record, load_record_shape()):
            shape_errors.append(shape_error)
    check_assumption(
        not shape_errors,
        f"records have another shape: {shape_errors[:3]}",
        "transform.catalog.files:load_record_shape",
    )
    check_assumption(not unknown_keys, f"unknown keys {sorted(unknown_keys)}", "transform.fields:load_fields")

    codes = {name: {row["code"] for row in rows} for name, rows in load_code_lists().items()}
    unknown_codes = set()
    for path, name in map_code_lists().items():
        for record in records:
            unknown_codes |= {(path, code) for code in find_values(record, path.split(".")) if code not in codes[name]}
    check_assumption(not unknown_codes, f"unknown codes {sorted(unknown_codes)}", "transform.codes:load_code_lists")


def find_values(value: Any, steps: list[str]) -> list[Any]:
    """Return the values at a path of a record; a step that ends with `[]` is a list."""
    if not steps:
        return [value]
    member = value.get(steps[0].removesuffix(LIST)) if isinstance(value, dict) else None
    if member is None:
        return []
    elements = member if steps[0].endswith(LIST) else [member]
    found: list[Any] = []
    for element in elements:
        found += find_values(element, steps[1:])
    return found
