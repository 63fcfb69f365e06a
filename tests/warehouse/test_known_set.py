"""A warehouse knows its condition set: another one is refused by name, an edited one is a normal night."""

from __future__ import annotations

import json

import duckdb
import pytest

from flows import pipeline
from flows.cli.status import read_status
from flows.pages.report import write_report
from flows.wording import format_status
from tests.support.made_studies import make_study
from tests.support.warehouses import CONDITION_SET, make_five_members
from warehouse.errors import OtherConditionSet
from warehouse.paths import Paths

OTHER_SET = 'name = "other"\ntitle = "Other\\u001b[31m disease"\nsearch = "\\"other disease\\""\n'


@pytest.fixture
def followed(warehouse):
    """Return a warehouse that follows the made set, whose registry also has six trials of another disease."""
    others = (make_study(number, conditions=["Other disease"]) for number in range(11, 17))
    warehouse.serve(*make_five_members(*others))
    warehouse.sync()
    return warehouse


def test_another_set_is_refused_by_name(followed):
    """A sync and a dry run of another set send no request and are not recorded; the sentence names both sets."""
    followed.use_condition_set(OTHER_SET)
    followed.server.requests.clear()
    for run in (pipeline.sync, pipeline.dry_run):
        with pytest.raises(OtherConditionSet) as refused:
            run(followed.job("sync", accept_shrink=True))
        assert "follows the condition set made (Made disease)" in refused.value.happened
        assert "was to follow other (Other[31m disease)" in refused.value.happened
        assert "--replace-set" in refused.value.next_step
        assert "--accept-shrink" not in str(refused.value)
    assert followed.server.requests == []
    assert followed.stored("select count(*) from ops.runs") == [(1,)]


def test_another_set_replaces_the_first_where_it_is_wanted(followed):
    """With `replace_set` the trials of the first set leave, and from then on the warehouse follows the other one."""
    followed.use_condition_set(OTHER_SET)
    summary = followed.sync(replace_set=True)
    assert (summary["inserted"], summary["left"]) == (6, 5)
    assert followed.sync()["outcome"] == "unchanged"
    followed.use_condition_set(CONDITION_SET)
    with pytest.raises(OtherConditionSet, match="follows the condition set other"):
        followed.sync()


def test_an_edited_set_is_a_normal_night(followed):
    """A wider search, or another title, of a set of the same name is followed at the next sync."""
    wider = CONDITION_SET.replace("Made disease", "Made and other diseases").replace(
        r"\"made disease\"", r"\"made disease\" OR \"other disease\""
    )
    followed.use_condition_set(wider)
    assert followed.sync()["inserted"] == 6
    known = json.loads(followed.rows("select value from ops.store where key = 'condition_set'")[0][0])
    assert known == {
        "name": "made",
        "title": "Made and other diseases",
        "search": '"made disease" OR "other disease"',
        "advanced": None,
        "mesh_ids": ["D900001"],
        "include": [],
        "exclude": [],
        "minimum_trials": 1,
    }


def test_the_report_and_the_status_show_the_sets_title(followed, tmp_path):
    """A custom set keeps its title, also where the command is not given the set."""
    status = read_status(Paths.of(followed.path), 36)
    assert "  condition set       made (Made disease)" in format_status(status)
    job = followed.job("sync")
    followed.use_condition_set(OTHER_SET)
    write_report(followed.path, tmp_path / "report.html", followed.job("sync").condition_set)
    assert "<h1>Made disease</h1>" in (tmp_path / "report.html").read_text()
    assert job.condition_set.title == status["condition_set_title"]


def test_a_store_of_an_older_version_knows_the_name(followed):
    """A store that holds no set knows its name from the runs, refuses another, and learns the rest at its next run."""
    with duckdb.connect(str(followed.folder / ".aclf" / "store.duckdb")) as store:
        store.execute("delete from ops.store where key = 'condition_set'")
    followed.use_condition_set(OTHER_SET)
    with pytest.raises(OtherConditionSet, match="follows the condition set made, and"):
        followed.sync()
    followed.use_condition_set(CONDITION_SET)
    assert followed.sync()["outcome"] == "unchanged"
    assert followed.stored("select value ->> 'title' from ops.store where key = 'condition_set'") == [("Made disease",)]


def test_a_backfill_may_name_any_set(followed):
    """A backfill says nothing about who is in the set."""
    followed.use_condition_set(OTHER_SET)
    assert followed.backfill("NCT00000011")["inserted"] == 1
