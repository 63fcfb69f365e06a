"""A run that fails says so in one sentence, is noted, and leaves the published warehouse as it was."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
import pytest

from extract.sample.nights import night
from tests.support import faults

FOREVER = 20
"""More than the attempts of one request."""

AS_IT_WAS = "nothing was published and the warehouse is as it was"


@dataclass(frozen=True)
class Case:
    """What goes wrong after some sound answers, and what is said of it; `{url}` is the registry's address."""

    script: list
    happened: str
    next_step: str


def shrunken(body):
    """A sound listing that lacks fifteen of its studies."""
    page = orjson.loads(body)
    return orjson.dumps({**page, "totalCount": page["totalCount"] - 15, "studies": page["studies"][15:]})


def miscounted(body):
    """A listing that counts one study more than it holds."""
    return body.replace(b'"totalCount":73', b'"totalCount":74')


SEE_WHOSE_ANSWER = (
    "see whose answer that is (a page may be a proxy's, or of another site than --registry should name) and run the "
    "command again later"
)
CASES = {
    "an HTML page": Case(
        [faults.html()] * FOREVER,
        "GET {url}/version brought no usable answer in ",
        SEE_WHOSE_ANSWER,
    ),
    "cut JSON": Case(
        [None, None, *[faults.cut_json()] * FOREVER],
        "GET {url}/studies brought no usable answer in ",
        SEE_WHOSE_ANSWER,
    ),
    "500 for ever": Case(
        [None, *[faults.status(500)] * FOREVER],
        "GET {url}/studies brought no usable answer in ",
        "run the command again later: the registry is reached, and is out of order",
    ),
    "a wait of a day": Case(
        [faults.status(429, headers={"Retry-After": "86400"})],
        "the registry answers HTTP 429 and asks to come back in 86400 s, at ",
        "run the command again then, or give it more --patience",
    ),
    "403": Case(
        [faults.status(403)],
        "the registry, or a proxy, answered GET {url}/version with HTTP 403",
        "accepts this one under its own honest User-Agent",
    ),
    "a version of another shape": Case(
        [faults.json({"apiVersion": "2.0.5", "dataTimestamp": None})],
        "the registry changed the shape of its answer to GET {url}/version",
        "compare the answer with extract/client/api.py",
    ),
    "an empty listing": Case(
        [None, faults.json({"totalCount": 0, "studies": []})],
        "the registry lists no study at all, and a known set cannot vanish overnight",
        "check the condition set's search",
    ),
    "a listing that shrank": Case(
        [None, faults.edited(shrunken)],
        "15 of the 73 trials in the set are missing from the listing, more than 15%: NCT0",
        "add --accept-shrink if they have left",
    ),
    "a count that is wrong": Case(
        [None, faults.edited(miscounted), faults.edited(miscounted)],
        "the registry counts 74 studies but listed 73, twice over",
        "run the command again later",
    ),
}


@pytest.mark.quick(2)
@pytest.mark.fault(2, 5, 10, 11, 12, 18, 19, 20)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_failure_is_told_noted_and_changes_nothing(held, registry, case):
    """Whatever the registry does wrong: exit 1, the same published bytes, one sentence, and a failed run."""
    before = held.published()
    registry.faults.extend(case.script)
    ended = held("sync", "--direct", "--full", "--json", "--patience", "2")
    assert ended.code == 1
    assert held.published() == before
    sentence = ended.document["message"]
    assert ended.document["outcome"] == "failed"
    assert ended.err == f"aclf: {sentence}\n"
    happened, next_step = sentence.split(f"; {AS_IT_WAS}; ")
    assert case.happened.format(url=registry.url) in happened
    assert case.next_step in next_step
    assert sentence.endswith(".")
    noted = held.stored("select run_id, outcome, message from ops.runs order by run_id")
    assert noted[1:] == [(2, "failed", sentence)]


@pytest.mark.fault(59)
def test_a_registry_that_is_not_there_is_told(held, registry):
    """Nobody at the address: the sentence names it."""
    before = held.published()
    ended = held("sync", "--direct", "--patience", "1", ACLF_REGISTRY="http://127.0.0.1:9/api/v2")
    assert ended.code == 1
    assert held.published() == before
    assert "GET http://127.0.0.1:9/api/v2/version brought no usable answer" in ended.err
    assert ended.err.endswith(
        "check the connection (HTTPS_PROXY, and REQUESTS_CA_BUNDLE for a CA file) and run the command again later.\n"
    )
    assert ended.out == ""


def test_a_failure_before_the_first_publish_publishes_nothing(aclf, registry):
    """With no warehouse yet, a failed sync does not make one."""
    registry.faults.append(faults.status(403))
    assert aclf("sync", "--direct").code == 1
    assert not aclf.warehouse.is_symlink()
    assert not aclf.warehouse.exists()


def test_a_failed_run_is_among_the_runs(held, registry):
    """`aclf runs` shows the failed run first, with its sentence, as `sync --json` told it."""
    registry.faults.append(faults.status(403))
    told = held("sync", "--direct", "--json").document
    runs = held("runs", "--json").document
    assert [run["outcome"] for run in runs] == ["failed", "published"]
    assert runs[0] == told
    assert told["message"] in held("runs").out


def test_the_next_good_sync_heals(held, registry):
    """After a failure half-way the next sync brings all that the failed one would have."""
    registry.contents = night(2)
    registry.faults.extend([None, None, *[faults.status(500)] * FOREVER])
    assert held("sync", "--direct", "--patience", "2").code == 1
    registry.faults.clear()
    report = held("sync", "--direct", "--json").document
    counts = {name: report[name] for name in ("outcome", "inserted", "updated", "left", "merged", "fetched")}
    assert counts == {"outcome": "published", "inserted": 1, "updated": 4, "left": 1, "merged": 1, "fetched": 5}
    assert held.rows("select outcome from ops.runs order by run_id") == [("published",), ("failed",), ("published",)]


def test_a_person_can_accept_a_shorter_listing(held, registry):
    """With --accept-shrink the missing trials are asked for; those that still answer have left, and are kept."""
    registry.faults.extend([None, faults.edited(shrunken)])
    ended = held("sync", "--direct", "--json", "--accept-shrink")
    assert ended.code == 0
    assert ended.document["left"] == 15
    assert held.rows("select count(*), count(*) filter (in_condition_set) from trials") == [(73, 58)]


@pytest.mark.fault(30)
@pytest.mark.parametrize("known", [[], ["NCT03863002"]], ids=["alone", "among others"])
def test_a_number_that_nobody_has_is_named(held, registry, known):
    """A backfill of a number without a study names it, and loads none of the others either."""
    before = held.published()
    ended = held("backfill", "--direct", "--json", *known, "NCT99999999")
    assert ended.code == 1
    assert ended.document["message"] == f"NCT99999999 is not on ClinicalTrials.gov; {AS_IT_WAS}; check the number."
    assert held.published() == before


def test_every_missing_number_is_named_at_once(held, registry):
    """Two numbers without a study are told together."""
    ended = held("backfill", "--direct", "NCT99999999", "NCT03863002", "NCT99999998")
    assert "NCT99999999, NCT99999998 are not on ClinicalTrials.gov" in ended.err


@pytest.mark.fault(21)
def test_data_that_breaks_a_promise_is_not_published(held, registry):
    """Records whose statuses nobody knows are loaded by no run, and the check is named."""
    registry.faults.extend(
        [None, None, faults.edited(lambda body: body.replace(b'"overallStatus":"', b'"overallStatus":"X'))]
    )
    before = held.published()
    ended = held("sync", "--direct", "--full", "--json")
    assert (ended.code, ended.document["outcome"]) == (1, "failed")
    assert "nearly every status is known" in ended.document["message"]
    assert held.published() == before
    assert held.stored("select count(*) from trials where status_label is null") == [(0,)]
    registry.faults.clear()
    assert held("sync", "--direct", "--full").code == 0, "what nobody could load is not read again from disk"
