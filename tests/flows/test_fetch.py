"""A trial that the answer to a batch leaves out is asked for by itself, and only that answer says what became of it."""

from __future__ import annotations

import orjson
import pytest

from tests.support import faults
from tests.support.made_studies import nct_id
from tests.support.warehouses import CONDITION_SET, ill

ONE, TWO, THREE, ABSENT = (nct_id(number) for number in (1, 2, 3, 99))


def without(number):
    """A fault: the registry's own answer without one of its studies."""

    def edit(body):
        reply = orjson.loads(body)
        studies = [
            study for study in reply["studies"] if study["protocolSection"]["identificationModule"]["nctId"] != number
        ]
        return orjson.dumps({**reply, "studies": studies})

    return faults.edited(edit)


def including(*numbers):
    """The condition set with these trials in it by hand."""
    return f"{CONDITION_SET}include = {list(numbers)}\n"


def asked(warehouse):
    """What was asked for after the version and the listing: a batch as its list of numbers, a trial as its number."""
    return [
        request.query["filter.ids"] if "filter.ids" in request.query else request.path.rpartition("/")[2]
        for request in warehouse.server.requests[2:]
    ]


@pytest.mark.quick(1)
@pytest.mark.parametrize("studies", [[ill(1)], [ill(1), ill(2)]], ids=["alone in its batch", "among others"])
def test_a_listed_trial_that_is_left_out_is_a_member_all_the_same(warehouse, studies):
    """A batch without the trial, and a direct answer with it: it is loaded, and it is in the set that lists it."""
    warehouse.serve(*studies)
    report = warehouse.sync(without(ONE))
    assert asked(warehouse)[-1] == ONE
    assert (report["inserted"], report["left"]) == (len(studies), 0)
    assert warehouse.rows("select in_condition_set from trials where nct_id = $1", ONE) == [(True,)]


@pytest.mark.quick(1)
@pytest.mark.parametrize("listed", [[ill(1)], [ill(1), ill(2), ill(3)]], ids=["one listed", "three listed"])
def test_a_number_in_the_set_by_hand_that_nobody_has_never_left(warehouse, listed):
    """It was never a member, so it cannot leave; and the nights after it are unchanged."""
    warehouse.follow(including(ABSENT))
    warehouse.serve(*listed)
    assert (
        warehouse.sync()["inserted"],
        warehouse.rows("from condition_set_members where nct_id = $1", ABSENT),
    ) == (
        len(listed),
        [],
    )
    warehouse.serve(*listed)
    report = warehouse.sync()
    assert (report["outcome"], report["left"]) == ("unchanged", 0)


def test_a_merged_number_in_the_set_by_hand_brings_its_successor(warehouse):
    """The current trial is loaded and nothing is set aside; the old number is told as merged once."""
    warehouse.follow(including(ONE))
    warehouse.serve(ill(2, aliases=[ONE]), ill(3))
    first = warehouse.sync()
    assert {name: first[name] for name in ("inserted", "merged", "quarantined")} == {
        "inserted": 2,
        "merged": 1,
        "quarantined": 0,
    }
    assert warehouse.rows("select nct_id from trials order by 1") == [(TWO,), (THREE,)]
    warehouse.serve(ill(2, aliases=[ONE]), ill(3))
    second = warehouse.sync()
    assert (second["outcome"], second["quarantined"]) == ("unchanged", 0)
