"""A load inserts parts round by round: its tables, history and accounts are those of the last record of each trial."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

import orjson
import pyarrow as pa
import pytest

from extract.landing import LandedReply
from tests.support.made_studies import make_nct_id
from tests.support.warehouses import fetch_all_tables, fetch_records, make_member_study, read_test_studies, with_value
from transform.catalog.files import load_catalog
from transform.parts import make_part
from warehouse.loading import load, rows
from warehouse.loading.inputs import HeldPart, Membership
from warehouse.loading.load import begin_load, finish_load, load_membership, load_round
from warehouse.loading.related_trials import rank_related_trials
from warehouse.paths import Paths
from warehouse.store import open_store, rebuild_derived_tables

START = "protocolSection.statusModule.startDateStruct.date"
SITES = "protocolSection.contactsLocationsModule.locations"
NIGHT = datetime(2026, 10, 1, 3, tzinfo=UTC)
ACCOUNTS = ("ops.problems", "ops.quarantine", "ops.drift", "ops.trial_drift")
SEVEN, EIGHT, NINE = (make_nct_id(number) for number in (7, 8, 9))


class Nights:
    """A store, and loads of parts into it, each with the time of another night."""

    def __init__(self, folder):
        self.folder = folder
        self.count = 0

    def load(self, *rounds):
        """Load rounds of parts; each part is a list of studies. Return the outcomes of the trials."""
        self.count += 1
        with self.open() as store:
            store.execute("begin")
            begin_load(store, self.count, NIGHT + timedelta(days=self.count))
            for parts in rounds:
                load_round(store, [self.make_part(studies) for studies in parts])
            finish_load(store)
            load_membership(store, Membership([], {}, ()))
            rank_related_trials(store)
            outcomes = store.execute("select nct_id, outcome from found_outcomes order by all").fetchall()
            store.execute("commit")
        return outcomes

    def open(self):
        """Open the store to write."""
        return open_store(Paths.of(self.folder / "aclf.duckdb"))

    def make_part(self, studies):
        """Make a part, as a run does, of a reply on disk with these studies."""
        file = self.folder / "reply.json"
        file.write_bytes(orjson.dumps({"studies": studies}))
        asked = tuple(study["protocolSection"]["identificationModule"]["nctId"] for study in studies)
        return HeldPart(make_part([LandedReply(file, asked)]).tables)

    def rows(self, query):
        """Return the rows of a query."""
        with self.open() as store:
            return store.execute(query).fetchall()

    def tables(self):
        """Return the rows of every table and view, and what was set aside."""
        with self.open() as store:
            accounts = {table: fetch_records(store, f"from {table} order by all") for table in ACCOUNTS}
            return {**dict(fetch_all_tables(store)), **accounts}

    def rebuild(self):
        """Make every table again from the archive."""
        with self.open() as store:
            store.execute("begin")
            rebuild_derived_tables(store)
            store.execute("commit")


@pytest.fixture
def make_nights(blank_store, tmp_path):
    """Return a function that makes an empty store in a folder of that name."""

    def make(name="one"):
        shutil.copytree(blank_store, tmp_path / name)
        return Nights(tmp_path / name)

    return make


def make_sites(*countries):
    """Make sites in these countries; one without a country is written as None."""
    return [{"facility": f"Site {country}"} | ({"country": country} if country else {}) for country in countries]


def without_times(tables):
    """Return the tables without the columns whose values are times of runs, or numbers of them."""
    return {
        name: [{key: value for key, value in row.items() if key != "run_id"} for row in rows]
        for name, rows in tables.items()
    }


def test_last_of_two_records_counts(make_nights):
    """A trial that a load receives twice has the rows, problems, unknown keys and history of its last record."""
    nights = make_nights()
    first = with_value(make_member_study(7, title="First"), START, "2024-02-30")
    first = with_value(first, "protocolSection.newModule", {})
    outcomes = nights.load([[first]], [[make_member_study(7, title="Second")]])
    assert outcomes == [(SEVEN, "inserted"), (SEVEN, "updated")]
    for table in ("main.trials", "main.trial_history", "ctgov.studies", "ctgov.calculated_values", "raw.studies"):
        assert nights.rows(f"select count(*) from {table}") == [(1,)]
    assert nights.rows("select brief_title, version, valid_to from trial_history") == [("Second", 1, None)]
    for table in ("ops.problems", "ops.drift", "main.trial_changes"):
        assert nights.rows(f"select count(*) from {table}") == [(0,)]


def test_rows_of_parts_with_different_dictionaries_keep_their_texts(make_nights):
    """Parts whose dictionaries have other texts, NULLs and no rows load in one round as each of them in its own."""
    parts = [
        [with_value(make_member_study(7, keywords=["b", "a"]), SITES, make_sites("France", None, "Chile"))],
        [make_member_study(8)],
        [
            with_value(make_member_study(9, keywords=["c"]), SITES, make_sites(None, "Ghana")),
            with_value(make_member_study(10, keywords=["a", "c"]), SITES, make_sites("Chile", "Chile", None)),
        ],
        list(read_test_studies().values()),
    ]
    together, apart = make_nights("together"), make_nights("apart")
    together.load(parts)
    apart.load(*([part] for part in parts))
    assert together.rows(
        f"select nct_id, country from ctgov.facilities where nct_id in ('{SEVEN}', '{NINE}') order by id"
    ) == [(SEVEN, "France"), (SEVEN, None), (SEVEN, "Chile"), (NINE, None), (NINE, "Ghana")]
    assert together.tables() == apart.tables()


class Recorder:
    """A connection that notes its commits."""

    def __init__(self, connection):
        self.connection = connection
        self.commits = 0

    def __getattr__(self, name):
        return getattr(self.connection, name)

    def execute(self, query, *parameters):
        """Run a statement."""
        self.commits += query.startswith("commit")
        return self.connection.execute(query, *parameters)


@pytest.mark.parametrize(("bytes_per_mark", "is_one_commit"), [(8, True), (10**9, False)])
def test_what_a_night_deletes_is_committed_in_pieces(make_nights, monkeypatch, bytes_per_mark, is_one_commit):
    """Few rows are deleted at once; from large tables, whose deletes take much memory, those of each table alone."""
    monkeypatch.setattr(rows, "_BYTES_PER_MARK", bytes_per_mark)
    recorders = []

    def insert(connection, changes):
        recorders.append(Recorder(connection))
        rows.insert_rows(recorders[-1], changes)

    nights = make_nights()
    nights.load([[make_member_study(7, keywords=["x"])]])
    monkeypatch.setattr(load, "insert_rows", insert)
    nights.load([[make_member_study(7, keywords=["y"])]])
    (recorder,) = recorders
    assert (recorder.commits == 0) is is_one_commit
    assert nights.rows("select name from ctgov.keywords") == [("y",)]


@pytest.mark.parametrize("bytes_per_commit", [0, rows._BYTES_PER_COMMIT])
def test_nights_equal_a_rebuild(make_nights, monkeypatch, bytes_per_commit):
    """After an update, a return, an unchanged record and a doubled trial, each table is what a rebuild makes."""
    monkeypatch.setattr(rows, "_BYTES_PER_COMMIT", bytes_per_commit)
    nights = make_nights()
    seven, eight, nine = (make_member_study(number, keywords=["x"]) for number in (7, 8, 9))
    moved = with_value(with_value(seven, SITES, make_sites("Chile")), START, "2024-02-30")
    nights.load([[seven, eight], [nine]])
    # A new record of a trial beside an unchanged one in the same part, and two records of a trial in two rounds.
    outcomes = nights.load(
        [[moved, eight], [with_value(nine, "protocolSection.newModule", {})]],
        [[with_value(nine, START, "2024-03"), make_member_study(10)]],
    )
    assert outcomes == [
        (SEVEN, "updated"),
        (EIGHT, "unchanged"),
        (NINE, "updated"),
        (NINE, "updated"),
        (make_nct_id(10), "inserted"),
    ]
    # The first record returns, so a third version has the first one's content.
    nights.load([[seven]])
    history = "select nct_id, version, start_date_raw, valid_to is null from trial_history order by all"
    assert nights.rows(history) == [
        (SEVEN, 1, None, False),
        (SEVEN, 2, "2024-02-30", False),
        (SEVEN, 3, None, True),
        (EIGHT, 1, None, True),
        (NINE, 1, None, False),
        (NINE, 2, "2024-03", True),
        (make_nct_id(10), 1, None, True),
    ]
    before = nights.tables()
    nights.rebuild()
    assert nights.tables() == before


def test_unchanged_records_are_only_checked(make_nights):
    """A load of records that the archive has changes their time of checking, and no row is written again."""
    nights = make_nights()
    studies = [make_member_study(number) for number in (7, 8)]
    nights.load([studies])
    # The row ids settle once the first load's state columns have been written.
    nights.load([studies])
    before = nights.rows("select rowid, nct_id, brief_title from trials order by all")
    outcomes = nights.load([studies[:1]], [studies[1:]])
    assert outcomes == [(SEVEN, "unchanged"), (EIGHT, "unchanged")]
    assert nights.rows("select rowid, nct_id, brief_title from trials order by all") == before
    assert nights.rows("select distinct last_checked_at > first_seen_at, version from raw.studies") == [(True, 1)]


def test_document_is_kept_to_the_letter(make_nights):
    """The archive has a record's JSON as the part has it: no key, escape or digit is written in another way."""
    nights = make_nights()
    study = with_value(make_member_study(7), "protocolSection.more", {"é": 'a\n"b"', "n": 1.50, "big": 10**17})
    nights.load([[study]])
    assert nights.rows("select document::varchar from archive.study_versions") == [(orjson.dumps(study).decode(),)]


def test_part_without_a_table_has_no_rows_of_it(make_nights):
    """Parts give no table that would be empty, and a round does not miss it."""
    nights = make_nights()
    part = nights.make_part([make_member_study(7)])
    assert part.read("ctgov.facilities") is None
    assert all(isinstance(part.read(name), pa.Table) for name in ("records", "problems", "drift", "main.trials"))
    nights.load([[make_member_study(7)]])
    assert nights.rows("select count(*) from ctgov.facilities") == [(0,)]
    assert {table.qualified for table in load_catalog().tables} >= set(part.tables) - {"records", "problems", "drift"}
