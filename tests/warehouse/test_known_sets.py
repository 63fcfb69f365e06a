"""A warehouse knows its condition sets: to leave one out is refused by name, an edited one is a normal night."""

from __future__ import annotations

import gzip
import json

import duckdb
import pytest

from flows import pipeline
from flows.pages.report import write_report
from flows.status import format_status, read_status
from tests.support.folders import DATA
from tests.support.made_studies import make_study
from tests.support.warehouses import CONDITION_SET, make_five_members
from warehouse.errors import OtherConditionSet
from warehouse.known_sets import FollowedSet, read_followed_sets, read_set_states
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
        assert "was to follow the condition set other (Other[31m disease)" in refused.value.happened
        assert "--replace-set" in refused.value.next_step
        assert "--accept-shrink" not in str(refused.value)
    assert followed.server.requests == []
    assert followed.stored("select count(*) from ops.runs") == [(1,)]


def test_another_set_replaces_the_first_where_it_is_wanted(followed):
    """With `replace_set` the warehouse follows the other set from then on; the trials of the first have not left."""
    followed.use_condition_set(OTHER_SET)
    summary = followed.sync(replace_set=True)
    assert (summary["inserted"], summary["left"]) == (6, 0)
    assert followed.sync()["outcome"] == "unchanged"
    assert followed.rows("select in_condition_set, count(*) from trials group by all order by 1") == [
        (False, 5),
        (True, 6),
    ]
    assert followed.rows("select name, is_followed, trials from condition_sets order by 1") == [
        ("made", False, 5),
        ("other", True, 6),
    ]
    ended = "select distinct left_reason, member_until = (select max(started_at) from ops.runs where run_id = 2)"
    assert followed.rows(f"{ended} from condition_set_members where member_until is not null") == [
        ("the set is not followed any more", True)
    ]
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
    (known,) = json.loads(followed.rows("select value from ops.store where key = 'condition_sets'")[0][0])
    assert known == {
        "name": "made",
        "title": "Made and other diseases",
        "search": '"made disease" OR "other disease"',
        "advanced": None,
        "mesh_ids": ["D900001"],
        "include": [],
        "exclude": [],
        "minimum_trials": 1,
        "rules": [],
    }


def test_the_report_and_the_status_show_the_sets_title(followed, tmp_path):
    """A custom set keeps its title, also where the command is not given the set."""
    status = read_status(Paths.of(followed.path), 36)
    assert "  condition set       made (Made disease)" in format_status(status)
    assert status["condition_set_title"] == "Made disease"
    write_report(followed.path, tmp_path / "report.html")
    assert "<h1>Made disease</h1>" in (tmp_path / "report.html").read_text()


@pytest.mark.parametrize("has_title", [True, False])
def test_a_file_of_an_older_version_knows_its_set(tmp_path, has_title):
    """A file without the tables of several sets knows the name of its set from the runs, and may know the title."""
    file = tmp_path / "older.duckdb"
    file.write_bytes(gzip.decompress((DATA / "stores" / "schema-4.duckdb.gz").read_bytes()))
    title = "Made disease" if has_title else None
    with duckdb.connect(str(file)) as connection:
        if not has_title:
            connection.execute("delete from ops.store where key = 'condition_set'")
        assert read_followed_sets(connection) == (FollowedSet("made", title),)
        assert read_set_states(connection) == [
            {"name": "made", "title": title, "trials": None, "last_listed_at": None, "refused": None}
        ]
    write_report(file, tmp_path / "report.html")
    assert f"<h1>{title or 'made'}</h1>" in (tmp_path / "report.html").read_text()


def test_a_backfill_may_name_any_set(followed):
    """A backfill says nothing about who is in the set."""
    followed.use_condition_set(OTHER_SET)
    assert followed.backfill("NCT00000011")["inserted"] == 1
