"""A field that nearly every record had and none of a night has holds the night; the sentence names what is gone."""

from __future__ import annotations

import json
from copy import deepcopy

import pytest

from tests.support import faults
from tests.support.warehouses import make_member_study, with_value
from warehouse.errors import FieldVanished

STATUS = "protocolSection.statusModule"
START = f"{STATUS}.startDateStruct"


def make_members(count, **options):
    """Return studies of the set, each with a start date."""
    studies = (make_member_study(number, **options) for number in range(1, count + 1))
    return [with_value(study, START, {"date": "2020-01", "type": "ACTUAL"}) for study in studies]


def move(study, old, new):
    """Return a copy of the study in which the value at one path stands at another; without a new path it is gone."""
    changed = deepcopy(study)
    *parents, key = old.split(".")
    holder = changed
    for step in parents:
        holder = holder[step]
    value = holder.pop(key)
    return with_value(changed, new, value) if new else changed


def count_starts(warehouse):
    """Return how many published trials have a start date."""
    return warehouse.rows("select count(start_date) from trials")[0][0]


@pytest.mark.quick(2)
@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        (START, f"{STATUS}.startDate", START),
        (STATUS, "protocolSection.statusInfo", STATUS),
        (START, "protocolSection.designModule.startDateStruct", START),
        (START, None, START),
        (f"{START}.date", f"{START}.day", f"{START}.date"),
    ],
    ids=["renamed", "module renamed", "moved", "dropped", "below renamed"],
)
def test_a_vanished_field_holds_the_night(warehouse, old, new, key):
    """Whatever became of the field, yesterday's file stands, and the sentence names the key and the new key."""
    members = make_members(12)
    warehouse.serve(*members)
    warehouse.sync()
    # The listing is made from the records too, so the renamed module comes only with the full records.
    if old == STATUS:
        renamed = [json.dumps(move(study, old, new)).encode() for study in members]
        warehouse.serve(*members)
        script = [faults.edited_answer(lambda _: b'{"studies": [' + b", ".join(renamed) + b"]}")]
    else:
        warehouse.serve(*(move(study, old, new) for study in members))
        script = []
    with pytest.raises(FieldVanished) as held:
        warehouse.sync(*script, full=True)
    assert f"had: {key} (main.trials." in held.value.happened
    assert (f"the unknown key {new} may be its new name" in held.value.happened) == bool(new)
    assert "--accept-empty" in held.value.next_step
    assert count_starts(warehouse) == 12
    assert warehouse.stored("select max(run_id), arg_max(outcome, run_id) from ops.runs") == [(2, "failed")]


def test_a_value_of_another_form_holds_the_night(warehouse):
    """A date that no record has in a form that can be read is a column that would be empty."""
    members = make_members(12)
    warehouse.serve(*members)
    warehouse.sync()
    warehouse.serve(*(with_value(study, f"{START}.date", "January of 2020") for study in members))
    with pytest.raises(FieldVanished, match=r"startDateStruct.date \(main.trials.start_date"):
        warehouse.sync(full=True)
    assert count_starts(warehouse) == 12


def test_a_few_records_prove_nothing_without_a_new_key(warehouse):
    """Two changed trials may both lose a field; with a new unknown key beside it, one is enough."""
    members = make_members(60)
    warehouse.serve(*members)
    warehouse.sync()
    later = [make_member_study(number, updated="2024-05-01") for number in (1, 2)]
    warehouse.serve(*later, *members[2:])
    assert warehouse.sync()["updated"] == 2
    assert count_starts(warehouse) == 58
    renamed = with_value(make_member_study(3, updated="2024-05-01"), f"{STATUS}.startDate", {"date": "2020-01"})
    warehouse.serve(*later, renamed, *members[3:])
    with pytest.raises(FieldVanished, match=r"the unknown key protocolSection\.statusModule\.startDate may be"):
        warehouse.sync()


def test_one_record_that_has_the_field_is_enough(warehouse):
    """The registry still has a field that one record of the night has, and a field that few had may vanish."""
    members = make_members(12)
    reason = f"{STATUS}.whyStopped"
    warehouse.serve(*(with_value(study, reason, "Funding") for study in members[:8]), *members[8:])
    warehouse.sync()
    warehouse.serve(*(move(study, START, f"{STATUS}.startDate") for study in members[:11]), members[11])
    assert warehouse.sync(full=True)["updated"] == 11


def test_withheld_records_do_not_count(warehouse):
    """A withheld record lacks nearly everything, however many there are."""
    members = make_members(24)
    warehouse.serve(*members)
    warehouse.sync()
    withheld = [with_value(study, STATUS, {"overallStatus": "WITHHELD"}) for study in members[:12]]
    for study in withheld:
        del study["protocolSection"]["identificationModule"]["briefTitle"]
    listed = [with_value(study, f"{STATUS}.lastUpdatePostDateStruct.date", "2024-05-01") for study in withheld]
    warehouse.serve(*listed, *members[12:])
    assert warehouse.sync()["outcome"] == "published"


def test_an_accepted_field_stays_accepted(warehouse):
    """With `accept_empty` the night is published, and the nights after it pass without it."""
    members = make_members(12)
    warehouse.serve(*members)
    warehouse.sync()
    gone = [move(study, START, f"{STATUS}.startDate") for study in members]
    warehouse.serve(*gone)
    assert warehouse.sync(full=True, accept_empty=True)["outcome"] == "published"
    assert count_starts(warehouse) == 0
    warehouse.serve(with_value(gone[0], f"{STATUS}.lastUpdatePostDateStruct.date", "2024-05-01"), *gone[1:])
    assert warehouse.sync()["updated"] == 1


def test_a_first_sync_demands_the_required_fields(warehouse):
    """Nothing is known before a first sync, so the fields that the registry demands stand in."""
    warehouse.serve(*(move(study, START, f"{STATUS}.startDate") for study in make_members(12)))
    with pytest.raises(FieldVanished, match=r"statusModule\.startDate may be its new name"):
        warehouse.sync()
    assert not warehouse.path.exists()
