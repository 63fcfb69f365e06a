"""A run that fails says so in one sentence, is noted, and does not change the published warehouse."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
import pytest

from extract.sample.nights import load_night
from tests.support import faults

FOREVER = 20
"""More than the attempts of one request."""

AS_IT_WAS = "nothing was published and the warehouse is as it was"


@dataclass(frozen=True)
class Case:
    """The faults of one run, and parts of its message; `{url}` stands for the registry's address."""

    script: list
    happened: str
    next_step: str


def shrink_listing(body):
    """Return a sound listing that lacks fifteen of its studies."""
    page = orjson.loads(body)
    return orjson.dumps({**page, "totalCount": page["totalCount"] - 15, "studies": page["studies"][15:]})


def raise_count(body):
    """Return a listing that counts one study more than it holds."""
    return body.replace(b'"totalCount":73', b'"totalCount":74')


SEE_WHOSE_ANSWER = (
    "find out who sent that answer (a proxy, or another site if --registry is wrong) and run the command again later"
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
        "run the command again later: the registry answers, but it does not work",
    ),
    "a wait of a day": Case(
        [faults.status(429, headers={"Retry-After": "86400"})],
        "the registry answers HTTP 429 and asks to come back in 86400 s, at ",
        "run the command again at that time, or raise --patience",
    ),
    "403": Case(
        [faults.status(403)],
        "the registry, or a proxy, answered GET {url}/version with HTTP 403",
        "accepts this one under its own User-Agent",
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
        [None, faults.edited_answer(shrink_listing)],
        "15 of the 73 trials in the set are missing from the listing, more than 15%: NCT0",
        "add --accept-shrink if they have left",
    ),
    "a count that is wrong": Case(
        [None, faults.edited_answer(raise_count), faults.edited_answer(raise_count)],
        "the registry counts 74 studies but listed 73, in two attempts",
        "run the command again later",
    ),
}


@pytest.mark.quick(2)
@pytest.mark.fault(2, 5, 10, 11, 12, 18, 19, 20)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_failed_run_is_noted_and_changes_nothing(synced_aclf, registry, case):
    """After each wrong answer of the registry: exit 1, one sentence, a failed run, and the same published bytes."""
    before = synced_aclf.published()
    registry.faults.extend(case.script)
    ended = synced_aclf("sync", "--direct", "--full", "--json", "--patience", "2")
    assert ended.code == 1
    assert synced_aclf.published() == before
    sentence = ended.document["message"]
    assert ended.document["outcome"] == "failed"
    assert ended.err == f"aclf: {sentence}\n"
    happened, next_step = sentence.split(f"; {AS_IT_WAS}; ")
    assert case.happened.format(url=registry.url) in happened
    assert case.next_step in next_step
    assert sentence.endswith(".")
    noted = synced_aclf.stored("select run_id, outcome, message from ops.runs order by run_id")
    assert noted[1:] == [(2, "failed", sentence)]


@pytest.mark.fault(59)
def test_an_address_without_a_registry_is_named(synced_aclf, registry):
    """Where no server listens at the registry's address, the sentence names the address."""
    before = synced_aclf.published()
    ended = synced_aclf("sync", "--direct", "--patience", "1", ACLF_REGISTRY="http://127.0.0.1:9/api/v2")
    assert ended.code == 1
    assert synced_aclf.published() == before
    assert "GET http://127.0.0.1:9/api/v2/version brought no usable answer" in ended.err
    assert ended.err.endswith(
        "check the connection (HTTPS_PROXY, and REQUESTS_CA_BUNDLE for a CA file) and run the command again later.\n"
    )
    assert ended.out == ""


def test_a_failure_before_the_first_publish_publishes_nothing(aclf, registry):
    """Where there is no warehouse yet, a failed sync does not make one."""
    registry.faults.append(faults.status(403))
    assert aclf("sync", "--direct").code == 1
    assert not aclf.warehouse.is_symlink()
    assert not aclf.warehouse.exists()


def test_a_failed_run_is_among_the_runs(synced_aclf, registry):
    """`aclf runs` shows the failed run first, with the sentence that `sync --json` printed."""
    registry.faults.append(faults.status(403))
    summary = synced_aclf("sync", "--direct", "--json").document
    runs = synced_aclf("runs", "--json").document
    assert [run["outcome"] for run in runs] == ["failed", "published"]
    assert runs[0] == summary | {"held_by": []}
    assert summary["message"] in synced_aclf("runs").out


def test_the_next_good_sync_heals(synced_aclf, registry):
    """After a sync that failed half-way, the next one loads everything that the failed one would have loaded."""
    registry.contents = load_night(2)
    registry.faults.extend([None, None, *[faults.status(500)] * FOREVER])
    assert synced_aclf("sync", "--direct", "--patience", "2").code == 1
    registry.faults.clear()
    summary = synced_aclf("sync", "--direct", "--json").document
    counts = {name: summary[name] for name in ("outcome", "inserted", "updated", "left", "merged", "fetched")}
    assert counts == {"outcome": "published", "inserted": 1, "updated": 4, "left": 1, "merged": 1, "fetched": 5}
    assert synced_aclf.rows("select outcome from ops.runs order by run_id") == [
        ("published",),
        ("failed",),
        ("published",),
    ]


def test_a_person_can_accept_a_shorter_listing(synced_aclf, registry):
    """With --accept-shrink a sync asks for each missing trial; those that the registry still has are kept as left."""
    registry.faults.extend([None, faults.edited_answer(shrink_listing)])
    ended = synced_aclf("sync", "--direct", "--json", "--accept-shrink")
    assert ended.code == 0
    assert ended.document["left"] == 15
    assert synced_aclf.rows("select count(*), count(*) filter (in_condition_set) from trials") == [(73, 58)]


@pytest.mark.fault(30)
@pytest.mark.parametrize("known", [[], ["NCT03863002"]], ids=["alone", "among others"])
def test_a_number_without_a_study_is_named(synced_aclf, registry, known):
    """A backfill of a number without a study names it, and loads none of the other trials either."""
    before = synced_aclf.published()
    ended = synced_aclf("backfill", "--direct", "--json", *known, "NCT99999999")
    assert ended.code == 1
    assert ended.document["message"] == f"NCT99999999 is not on ClinicalTrials.gov; {AS_IT_WAS}; check the NCT number."
    assert synced_aclf.published() == before


def test_every_missing_number_is_named_at_once(synced_aclf, registry):
    """Two numbers without a study are named in one message."""
    ended = synced_aclf("backfill", "--direct", "NCT99999999", "NCT03863002", "NCT99999998")
    assert "NCT99999999, NCT99999998 are not on ClinicalTrials.gov" in ended.err


@pytest.mark.fault(21)
def test_data_that_breaks_a_promise_is_not_published(synced_aclf, registry):
    """A run that fetches many unknown statuses loads nothing, and its message names the check."""
    registry.faults.extend(
        [None, None, faults.edited_answer(lambda body: body.replace(b'"overallStatus":"', b'"overallStatus":"X', 20))]
    )
    before = synced_aclf.published()
    ended = synced_aclf("sync", "--direct", "--full", "--json")
    assert (ended.code, ended.document["outcome"]) == (1, "failed")
    assert "nearly every status is known" in ended.document["message"]
    assert synced_aclf.published() == before
    assert synced_aclf.stored("select count(*) from trials where status_label is null") == [(0,)]
    registry.faults.clear()
    assert synced_aclf("sync", "--direct", "--full").code == 0, "what nobody could load is not read again from disk"
