"""A trial that the answer to a batch leaves out is requested alone, and only that answer says what happened to it."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from extract.errors import LandingAltered, RegistryRefused, RegistryUnreachable
from extract.sample.answers import TEXT, Answer, split_target
from flows import pipeline
from flows.steps import DIRECT_STEPS
from tests.support import faults
from tests.support.made_studies import make_nct_id
from tests.support.warehouses import CONDITION_SET, make_member_study
from warehouse.errors import PartUnreadable

ENOUGH = 200
"""More requests than any run of these tests sends."""

ONE, TWO, THREE, ABSENT = (make_nct_id(number) for number in (1, 2, 3, 99))


def leave_out(nct_id):
    """Return a fault: the registry's own answer without one of its studies."""

    def edit(body):
        reply = orjson.loads(body)
        studies = [
            study for study in reply["studies"] if study["protocolSection"]["identificationModule"]["nctId"] != nct_id
        ]
        return orjson.dumps({**reply, "studies": studies})

    return faults.edited_answer(edit)


def include_by_hand(*nct_ids):
    """Return the condition set with these trials included by hand."""
    return f"{CONDITION_SET}include = {list(nct_ids)}\n"


def list_requested(warehouse):
    """Return what was requested after the version and the listing: a batch as its list of ids, a trial as its id."""
    return [
        request.query["filter.ids"] if "filter.ids" in request.query else request.path.rpartition("/")[2]
        for request in warehouse.server.requests[2:]
    ]


def refuse_lists(status, *nct_ids, most=200):
    """Return a fault for every request: lists of ids that hold one of these, or are too long, are refused."""

    def fault(handler):
        requested = split_target(handler.path)[1].get("filter.ids", "")
        is_too_long = requested and len(requested.split(",")) > most
        if is_too_long or any(nct_id in requested for nct_id in nct_ids):
            handler.reply(Answer(status, b"refused", TEXT))
        else:
            handler.reply(handler.make_registry_answer())

    return [fault] * ENOUGH


@pytest.mark.quick(2)
@pytest.mark.fault(31)
@pytest.mark.parametrize("status", [400, 414, 413, 431])
def test_a_refused_batch_is_requested_in_halves(warehouse, status):
    """A batch that is refused for its length loads in parts, and no record is quarantined."""
    warehouse.serve(*(make_member_study(number) for number in range(1, 8)))
    summary = warehouse.sync(*refuse_lists(status, most=2))
    assert (summary["inserted"], summary["quarantined"]) == (7, 0)


@pytest.mark.fault(31)
def test_one_absent_number_that_spoils_its_batch_is_found(warehouse):
    """If an absent number makes the registry refuse the whole batch, the others load and the number is named."""
    warehouse.use_condition_set(include_by_hand(ABSENT))
    warehouse.serve(*(make_member_study(number) for number in range(1, 8)))
    summary = warehouse.sync(*refuse_lists(400, ABSENT))
    assert (summary["inserted"], summary["quarantined"]) == (7, 0)
    assert summary["message"] == f"7 new; included by hand, but not on ClinicalTrials.gov: {ABSENT}."
    assert len(list_requested(warehouse)) <= 9


@pytest.mark.fault(31)
def test_a_trial_that_only_its_own_address_serves_is_loaded(warehouse):
    """If the registry refuses every list with a number, its own address is requested."""
    warehouse.serve(*(make_member_study(number) for number in range(1, 4)))
    assert warehouse.sync(*refuse_lists(400, TWO))["inserted"] == 3


@pytest.mark.fault(31)
def test_a_trial_that_is_refused_alone_is_quarantined(warehouse):
    """If its own address is refused too, the trial is quarantined with the registry's words, and the others load."""
    warehouse.serve(*(make_member_study(number) for number in range(1, 4)))

    def fault(handler):
        if TWO in handler.path:
            handler.reply(Answer(400, b"Parameter `nctId` has incorrect format", TEXT))
        else:
            handler.reply(handler.make_registry_answer())

    summary = warehouse.sync(*[fault] * ENOUGH)
    assert (summary["inserted"], summary["quarantined"]) == (2, 1)
    ((nct_id, reason),) = warehouse.rows("select nct_id, reason from ops.quarantine")
    assert nct_id == TWO
    assert reason.endswith("with HTTP 400 and said: Parameter `nctId` has incorrect format")


@pytest.mark.fault(31)
def test_when_every_list_is_refused_the_run_ends(warehouse):
    """More refusals than some single trials explain end the run before it asks for each trial."""
    warehouse.serve(*(make_member_study(number) for number in range(1, 41)))
    with pytest.raises(RegistryRefused, match="HTTP 400 and said: refused"):
        warehouse.sync(*refuse_lists(400, most=0))
    assert len(list_requested(warehouse)) < 50
    assert not warehouse.path.exists()


@pytest.mark.quick(1)
@pytest.mark.parametrize(
    "studies",
    [[make_member_study(1)], [make_member_study(1), make_member_study(2)]],
    ids=["alone in its batch", "among others"],
)
def test_a_listed_trial_that_a_batch_leaves_out_is_still_a_member(warehouse, studies):
    """If only the direct answer has the trial, the trial is loaded and is in the set that lists it."""
    warehouse.serve(*studies)
    summary = warehouse.sync(leave_out(ONE))
    assert list_requested(warehouse)[-1] == ONE
    assert (summary["inserted"], summary["left"]) == (len(studies), 0)
    assert warehouse.rows("select in_condition_set from trials where nct_id = $1", ONE) == [(True,)]


@pytest.mark.quick(1)
@pytest.mark.parametrize(
    "listed",
    [[make_member_study(1)], [make_member_study(1), make_member_study(2), make_member_study(3)]],
    ids=["one listed", "three listed"],
)
def test_an_included_number_that_the_registry_lacks_does_not_leave(warehouse, listed):
    """It was never a member, so it cannot leave, and the next night is unchanged."""
    warehouse.use_condition_set(include_by_hand(ABSENT))
    warehouse.serve(*listed)
    assert (
        warehouse.sync()["inserted"],
        warehouse.rows("from condition_set_members where nct_id = $1", ABSENT),
    ) == (
        len(listed),
        [],
    )
    warehouse.serve(*listed)
    summary = warehouse.sync()
    assert (summary["outcome"], summary["left"]) == ("unchanged", 0)
    assert f"included by hand, but not on ClinicalTrials.gov: {ABSENT}" in summary["message"]


def test_an_included_number_that_is_merged_brings_its_successor(warehouse):
    """The current trial is loaded, nothing is quarantined, and the old number counts as merged once."""
    warehouse.use_condition_set(include_by_hand(ONE))
    warehouse.serve(make_member_study(2, aliases=[ONE]), make_member_study(3))
    first = warehouse.sync()
    assert {name: first[name] for name in ("inserted", "merged", "quarantined")} == {
        "inserted": 2,
        "merged": 1,
        "quarantined": 0,
    }
    assert f"included by hand: {ONE} is merged into {TWO}" in first["message"]
    assert warehouse.rows("select nct_id from trials order by 1") == [(TWO,), (THREE,)]
    warehouse.serve(make_member_study(2, aliases=[ONE]), make_member_study(3))
    second = warehouse.sync()
    assert (second["outcome"], second["quarantined"]) == ("unchanged", 0)


@pytest.mark.fault(17)
def test_an_answer_of_an_older_release_is_not_the_newer_data(warehouse):
    """If a batch comes from an older release than the version names, the next night lists again."""
    warehouse.serve(make_member_study(1))
    older = warehouse.server.contents
    warehouse.serve(make_member_study(1, title="Newer", updated="2024-02-01"))
    newer = warehouse.server.contents

    def serve_older(handler):
        handler.server.contents = older
        handler.reply(handler.make_registry_answer())
        handler.server.contents = newer

    summary = warehouse.sync(serve_older)
    assert summary["message"] == "1 new; the answers came from 2 data releases."
    assert summary["data_timestamp"] == older.data_timestamp
    healed = warehouse.sync()
    assert (healed["updated"], healed["data_timestamp"]) == (1, newer.data_timestamp)


def alter_records(folder, pattern):
    """Change a title in each file of a pattern; return how many files there were."""
    files = list((folder / ".aclf" / "landing").rglob(pattern))
    for file in files:
        file.write_bytes(file.read_bytes().replace(b"A trial", b"An altered trial"))
    return len(files)


@pytest.mark.fault(35)
def test_a_landed_reply_that_was_altered_is_not_loaded(warehouse, monkeypatch, clock):
    """If a reply on disk was changed after a failed run, the next run requests it again."""
    monkeypatch.setattr(pipeline, "MAX_IDS_PER_REQUEST", 2)
    warehouse.serve(*(make_member_study(number) for number in range(1, 5)))
    with pytest.raises(RegistryUnreachable):
        warehouse.sync(None, *[faults.status(503)] * 6)
    assert alter_records(warehouse.folder, "*.json") == 1
    assert warehouse.sync()["inserted"] == 4
    assert warehouse.rows("select distinct brief_title from trials") == [("A trial",)]


@pytest.mark.fault(35)
def test_a_part_that_was_altered_is_not_loaded(warehouse):
    """If a part was changed between the fetch and the load, nothing is loaded, and the next run is sound."""
    warehouse.serve(make_member_study(1))

    def load_altered(*step):
        assert alter_records(warehouse.folder, "*.arrow") == 1
        DIRECT_STEPS.load(*step)

    with pytest.raises(PartUnreadable, match="was cut or altered"):
        pipeline.sync(warehouse.job("sync"), replace(DIRECT_STEPS, load=load_altered))
    assert not warehouse.path.exists()
    assert warehouse.sync()["inserted"] == 1
    assert warehouse.rows("select brief_title from trials") == [("A trial",)]


@pytest.mark.fault(35)
@pytest.mark.parametrize("workers", [0, 1])
def test_a_reply_that_is_altered_before_it_is_read_is_not_loaded(warehouse, workers):
    """If a reply was changed between its landing and its part, nothing is loaded, and the next run is sound."""
    warehouse.serve(make_member_study(1))

    def fetch_altered(*step):
        result = DIRECT_STEPS.fetch(*step)
        assert alter_records(warehouse.folder, "*.json") == 1
        return result

    with pytest.raises(LandingAltered, match="is not the one that this run wrote"):
        pipeline.sync(warehouse.job("sync", workers=workers), replace(DIRECT_STEPS, fetch=fetch_altered))
    assert not warehouse.path.exists()
    assert warehouse.sync()["inserted"] == 1
    assert warehouse.rows("select brief_title from trials") == [("A trial",)]
