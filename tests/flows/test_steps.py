"""The steps of a run give the store what was found, each fact once."""

from __future__ import annotations

from tests.support import faults
from tests.support.made_studies import make_nct_id
from tests.support.warehouses import CONDITION_SET, make_member_study

ONE = make_nct_id(1)
KEY_TWICE = b'"A", "briefTitle": "B"'
ENOUGH = 50
"""More requests than the run sends."""


def test_a_trial_that_departs_in_a_batch_that_is_fetched_again_departs_once(warehouse, clock):
    """A record spoils the part of a batch that lacks a merged trial. It is fetched again; the merger counts once."""
    warehouse.use_condition_set(f'{CONDITION_SET}include = ["{ONE}"]\n')
    warehouse.serve(make_member_study(2, aliases=[ONE]), make_member_study(7, title="SPOILT"))
    spoil = faults.edited_answer(lambda body: body.replace(b'"SPOILT"', KEY_TWICE))
    summary = warehouse.sync(*[spoil] * ENOUGH)
    batches = [request.query.get("filter.ids", "") for request in warehouse.server.requests]
    assert sum(ONE in batch for batch in batches) > 1, "the merged trial was not requested again"
    assert (summary["inserted"], summary["merged"], summary["quarantined"]) == (1, 1, 1)
    assert warehouse.rows("select outcome from ops.run_trials where nct_id = $1", ONE) == [("merged",)]
