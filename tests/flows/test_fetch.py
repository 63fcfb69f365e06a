"""A trial that the answer to a batch leaves out is requested alone, and only that answer says what happened to it."""

from __future__ import annotations

import orjson
import pytest

from tests.support import faults
from tests.support.made_studies import make_nct_id
from tests.support.warehouses import CONDITION_SET, make_member_study

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
    assert warehouse.rows("select nct_id from trials order by 1") == [(TWO,), (THREE,)]
    warehouse.serve(make_member_study(2, aliases=[ONE]), make_member_study(3))
    second = warehouse.sync()
    assert (second["outcome"], second["quarantined"]) == ("unchanged", 0)
