"""The data of summary pages is the same, however many trials the warehouse has and however many are shown."""

from __future__ import annotations

import pytest

from tests.support.ranked_nights import make_ranked_night
from tests.support.warehouses import EVERYTHING
from warehouse.connect import open_read_only
from warehouse.loading import related_trials
from warehouse.reading.trial_summary import find_trials

RELATED = "select other_nct_id from see_also where nct_id = $1 order by rank"


@pytest.mark.slow
def test_summary_has_related_trials_at_any_size(warehouse, monkeypatch):
    """Summary pages of one trial and of many show the same related trials, kept or ranked when they are read."""
    warehouse.use_condition_set(EVERYTHING)
    shown = []
    for kept_up_to, night in ((2000, 0), (0, 1), (2000, 0)):
        monkeypatch.setattr(related_trials, "KEPT_UP_TO", kept_up_to)
        warehouse.serve(*make_ranked_night(night))
        warehouse.sync()
        numbers = [number for (number,) in warehouse.rows("select nct_id from main.trials order by all")]
        with open_read_only(warehouse.path) as connection:
            summaries = find_trials(connection, numbers, 50).summaries
            assert find_trials(connection, numbers[:1], 50).summaries == summaries[:1]
        others = [[row["other_nct_id"] for row in summary.see_also] for summary in summaries]
        assert others == [[other for (other,) in warehouse.rows(RELATED, number)] for number in numbers]
        shown.append(others)
    assert any(shown[1])
