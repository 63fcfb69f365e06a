"""The feed is valid Atom, the same for the same warehouse, and has one entry a trial and night."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import duckdb
import feedparser
import pytest

from extract.errors import BadSetting
from flows import pipeline
from flows.news import feed
from flows.news.feed import make_feed
from tests.support.clock import clock_stands_at
from tests.support.command_line import CommandLine
from tests.support.folders import DOCS
from tests.support.three_nights import NIGHTS, sync_three_nights
from tests.support.warehouses import make_five_members, make_member_study, with_value
from warehouse.errors import NoWarehouse

ATOM = "{http://www.w3.org/2005/Atom}"
STATUS = "protocolSection.statusModule.overallStatus"
HOSTILE = '<script>alert(1)</script> & "x" ]]> \x1b[31m\u202e\x00\ufffe'


@pytest.fixture(scope="module")
def nights(make_warehouse):
    """A warehouse after three nights."""
    warehouse = make_warehouse()
    sync_three_nights(warehouse)
    return warehouse


def assert_valid(document: bytes) -> feedparser.FeedParserDict:
    """Hold a feed against the rules of RFC 4287 that matter to readers, and return it as a reader sees it."""
    parsed = feedparser.parse(document)
    assert (parsed.bozo, parsed.version, parsed.encoding) == (False, "atom10", "utf-8")
    root = ET.fromstring(document)
    for element in (root, *root.iter(f"{ATOM}entry")):
        # 4.1.1, 4.1.2: exactly one id, title and updated; an author; one alternate link or a content.
        assert [len(element.findall(f"{ATOM}{name}")) for name in ("id", "title", "updated")] == [1, 1, 1]
        assert element.findtext(f"{ATOM}author/{ATOM}name")
        links = element.findall(f"{ATOM}link")
        assert [link.get("rel", "alternate") for link in links] == ["alternate"]
        assert all(link.get("href", "").startswith("https://clinicaltrials.gov/") for link in links)
        # 4.2.6: an id is an IRI, and never changes; 3.3: a time has a zone.
        assert element.findtext(f"{ATOM}id", "").startswith("urn:uuid:")
        assert element.findtext(f"{ATOM}updated", "").endswith("+00:00")
    ids = [parsed.feed.id, *(entry.id for entry in parsed.entries)]
    assert len(set(ids)) == len(ids)
    times = [entry.updated for entry in parsed.entries]
    assert times == sorted(times, reverse=True)
    assert parsed.feed.updated == max(times, default=parsed.feed.updated)
    return parsed


def test_a_trial_and_night_is_an_entry(nights):
    """Trial 7 got a site and then results, trial 9 came back, and the first night is one entry."""
    parsed = assert_valid(make_feed(nights.path))
    assert [(entry.title, entry.updated[:16].replace("T", " ")) for entry in parsed.entries] == [
        ("Results posted: Tide (NCT00000007)", NIGHTS[2]),
        ("Joined: A trial (NCT00000009)", NIGHTS[2]),
        ("1 site added: Tide (NCT00000007)", NIGHTS[1]),
        ("made: 11 trials to begin with", NIGHTS[0]),
    ]
    site = parsed.entries[2]
    assert site.link == "https://clinicaltrials.gov/study/NCT00000007"
    assert "<li>overall status: Recruiting → Completed</li>" in site.content[0].value
    assert "<li>enrollment, count: 100 → 88</li>" in site.content[0].value
    assert "last update" not in site.content[0].value
    assert "National Library of Medicine" in parsed.feed.subtitle
    assert [tag.term for tag in parsed.entries[0].tags] == ["results"]


def test_same_warehouse_gives_the_same_feed(nights, tmp_path):
    """Neither another moment, another machine nor a rebuild changes what a reader has seen."""
    copy = nights.copy_to(tmp_path)
    before = feedparser.parse(make_feed(nights.path))
    assert make_feed(copy.path) == make_feed(nights.path)
    with clock_stands_at("2026-10-06 03:00"):
        pipeline.rebuild(copy.job("rebuild"))
    after = feedparser.parse(make_feed(copy.path))
    assert [(entry.id, entry.updated, entry.content) for entry in after.entries] == [
        (entry.id, entry.updated, entry.content) for entry in before.entries
    ]
    assert after.feed.id == before.feed.id


def test_feed_covers_some_nights(nights):
    """Older nights are left out, counted from the day of the newest run; of too many entries the newest stay."""
    counts = [len(assert_valid(make_feed(nights.path, nights=count)).entries) for count in (0, 2, 3, 4, 30)]
    assert counts == [2, 2, 3, 4, 4]


def test_the_newest_entries_stay(nights, monkeypatch):
    """A feed has at most so many entries."""
    monkeypatch.setattr(feed, "MOST_ENTRIES", 2)
    assert [entry.title[:7] for entry in assert_valid(make_feed(nights.path)).entries] == ["Results", "Joined:"]


def test_a_failed_night_is_in_the_next_feed(warehouse):
    """The feed is made from what is published, so it has every night since, and stays while a night fails."""
    file = warehouse.folder / "feed.xml"
    warehouse.serve(*make_five_members())
    warehouse.sync(feed=str(file))
    before = file.read_bytes()
    joining = make_member_study(6)
    broken = [with_value(make_member_study(number), STATUS, "MOONLIT") for number in range(1, 5)]
    warehouse.serve(*broken, make_member_study(5), joining)
    with pytest.raises(Exception, match="status"):
        warehouse.sync(feed=str(file), full=True)
    assert file.read_bytes() == before
    warehouse.serve(*make_five_members(joining, make_member_study(7)))
    summary = warehouse.sync(feed=str(file))
    assert (summary["feed_file"], summary["feed_failure"]) == (str(file), None)
    titles = [entry.title for entry in assert_valid(file.read_bytes()).entries]
    assert titles[:2] == ["Joined: A trial (NCT00000006)", "Joined: A trial (NCT00000007)"]


def test_hostile_text_is_text(warehouse):
    """Markup in a record is shown as it is, and what XML cannot hold is left out."""
    warehouse.serve(*make_five_members())
    warehouse.sync()
    trial = with_value(make_member_study(1, title=HOSTILE), STATUS, "TERMINATED")
    trial = with_value(trial, "protocolSection.statusModule.whyStopped", HOSTILE)
    warehouse.serve(*make_five_members()[1:], trial)
    warehouse.sync(full=True)
    document = make_feed(warehouse.path)
    assert b"<script" not in document
    entry = assert_valid(document).entries[0]
    element = ET.fromstring(document).find(f"{ATOM}entry")
    assert element.findtext(f"{ATOM}title").startswith('Stopped: <script>alert(1)</script> & "x" ]]> [31m')
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; " in element.findtext(f"{ATOM}content")
    assert "<script" not in entry.content[0].value


@pytest.mark.slow
def test_entries_name_the_sets_if_there_are_several(aclf):
    """With two sets an entry says in which of them the trial is; each set begins with an entry of its own."""
    for _ in range(3):
        sets = ("--condition-set", "aclf", "--condition-set", str(DOCS / "cirrhosis.toml"))
        run = aclf("sync", "--registry", "sample", "--direct", "--feed", "feed.xml", *sets)
        assert run.code == 0, run.err
    entries = assert_valid((aclf.folder / "feed.xml").read_bytes()).entries
    assert [entry.title for entry in entries if "to begin with" in entry.title] == [
        "aclf: 73 trials to begin with",
        "cirrhosis: 13 trials to begin with",
    ]
    (site,) = [entry for entry in entries if entry.title.startswith("2 sites added")]
    assert "<li>in aclf, cirrhosis</li>" in site.content[0].value


def test_the_samples_three_nights_are_in_the_feed_and_told(aclf, tmp_path):
    """A real sync writes the feed and runs the command: a trial joined, one opened, one got sites, one has results."""
    mail = tmp_path / "mail"
    for _ in range(4):
        run = aclf(
            "sync", "--registry", "sample", "--direct", "--json",
            ACLF_FEED="feed.xml", ACLF_ON_CHANGE=f"cat >> {mail}; echo sent",
        )  # fmt: skip
        assert (run.code, run.document["alert_failure"]) == (0, None), run.err
    headlines = [entry.title for entry in assert_valid((aclf.folder / "feed.xml").read_bytes()).entries]
    assert [headline.rpartition(" (")[2] for headline in headlines[:4]] == [
        "NCT02669680)",
        "NCT04613921)",
        "NCT06890039)",
        "NCT07329036)",
    ]
    assert [headline.partition(":")[0] for headline in headlines] == [
        "Results posted",
        "2 sites added",
        "Opened",
        "Joined",
        "aclf",
    ]
    told = [line.removeprefix("* ") for line in mail.read_text().splitlines() if line.startswith("* ")]
    assert sorted(told) == sorted(headlines)


def test_a_feed_that_cannot_be_written_does_not_harm_the_night(aclf):
    """The run ends well, and standard error says what to do; a path that cannot be right is refused at once."""
    (aclf.folder / "closed").mkdir()
    run = aclf("sync", "--registry", "sample", "--direct", "--feed", "closed")
    assert (run.code, run.out) == (2, "")
    assert "no feed can be written to 'closed'" in run.err


def test_unwritable_folder_is_a_sentence(warehouse, monkeypatch):
    """What stops the file is told, and the run is published."""
    warehouse.serve(*make_five_members())
    monkeypatch.setattr(feed, "write_whole", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    summary = warehouse.sync(feed=str(warehouse.folder / "feed.xml"))
    assert summary["outcome"] == "published"
    assert "could not be written ([Errno 28] No space left on device); the data is published" in summary["feed_failure"]


@pytest.mark.parametrize("alert", ["", "joined,moved", ","])
def test_unknown_events_are_refused(warehouse, alert):
    """--alert takes the five events, and at least one."""
    with pytest.raises(BadSetting, match="--alert takes joined, opened, stopped, results, sites"):
        warehouse.job("sync", alert=alert)


def test_without_a_warehouse_there_is_no_feed(tmp_path):
    """Where nothing is published, the error says so."""
    with pytest.raises(NoWarehouse):
        make_feed(tmp_path / "aclf.duckdb")


def test_a_file_of_an_earlier_version_has_no_news(nights, tmp_path):
    """A file that was published before there were news says to sync."""
    copy = nights.copy_to(tmp_path)
    with duckdb.connect(str(copy.path.resolve())) as connection:
        connection.execute("drop view main.news")
    with pytest.raises(NoWarehouse, match="an earlier version"):
        make_feed(copy.path)
    assert CommandLine(tmp_path)("changes").code == 0
