"""`aclf report` is one file that needs nothing else, and says of the set what the warehouse holds."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from flows.overview import write_overview
from tests.clock import at
from tests.command_line import CommandLine
from tests.warehouses import ill, put
from warehouse.overview import read_overview
from warehouse.query import open_read_only

STATUS, DESIGN = "protocolSection.statusModule", "protocolSection.designModule"
SCRIPT = "<script>alert('title')</script>"
LARGE, TRIALS = 400, 10
TEMPLATES = Path(__file__).parents[1] / "flows" / "templates"


class Page(HTMLParser):
    """A page, as a browser without script reads it: its tags with their attributes, its text, its tables."""

    def __init__(self, text):
        super().__init__()
        self.source = text
        self.tags, self.texts, self.rows, self._open = [], [], [], []
        self.feed(text)
        self.rows = [[" ".join(cell.split()) for cell in row] for row in self.rows]

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        self._open.append(tag)

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data):
        if not {"style", "script"} & set(self._open):
            self.texts.append(data)
        if {"td", "th"} & set(self._open):
            self.rows[-1][-1] += data

    @property
    def text(self):
        """All that can be read, in one line."""
        return " ".join("".join(self.texts).split())

    def all(self, name):
        """The attributes of every such tag."""
        return [attributes for tag, attributes in self.tags if tag == name]


def trial(number, **parts):
    """A study of the set; `__` in the name of a part is a dot in its path."""
    study = ill(number, title=parts.pop("title", f"Trial {number}"))
    for path, value in parts.items():
        study = put(study, path.replace("__", "."), value)
    return study


def ended(number, day, of_type="ACTUAL", status="COMPLETED", **parts):
    """A study whose primary completion is on that day."""
    when = {"date": day, **({"type": of_type} if of_type else {})}
    study = put(trial(number, **parts), f"{STATUS}.overallStatus", status)
    return put(study, f"{STATUS}.primaryCompletionDateStruct", when)


def designed(study, phases, count, of_type, start):
    """The study, with a design and a start."""
    enrolled = {"count": count, "type": of_type}
    study = put(study, DESIGN, {"studyType": "INTERVENTIONAL", "phases": phases, "enrollmentInfo": enrolled})
    return put(study, f"{STATUS}.startDateStruct", {"date": start, "type": of_type})


def sited(study, *countries):
    """The study, with one site a country given."""
    sites = [{"facility": f"Site {place}", "country": country} for place, country in enumerate(countries)]
    return put(study, "protocolSection.contactsLocationsModule.locations", sites)


STUDIES = [
    sited(designed(trial(1, title=SCRIPT), ["PHASE1", "PHASE2"], 40, "ESTIMATED", "2020-05"), *2 * ["China"], "India"),
    sited(designed(ended(2, "2025-09-10"), ["PHASE2"], 100, "ACTUAL", "2018-03-01"), "China"),
    ended(3, "2025-09-11"),
    ended(4, "2025-09"),
    ended(5, "2025-08"),
    ended(6, "2020", "ESTIMATED", "UNKNOWN"),
    ended(7, "2019-01-01", status="WITHDRAWN"),
    ended(8, "2019-01-01", hasResults=True),
    ended(9, "2019-01-01", None),
    trial(10, title="Left & right <b>", protocolSection__descriptionModule={"briefSummary": "<img src=x onerror=y>"}),
]


@pytest.fixture(scope="module")
def made(new_warehouse):
    """A warehouse with two nights: on the second the last study's status is another, and its first one has left."""
    warehouse = new_warehouse()
    warehouse.serve(*STUDIES, trial(11))
    with at("2026-09-11 03:00"):
        warehouse.sync()
    suspended = put(STUDIES[-1], f"{STATUS}.overallStatus", "SUSPENDED")
    warehouse.serve(*STUDIES[:-1], suspended, ill(11, title="Trial 11", conditions=["Other"]))
    with at("2026-09-12 03:00"):
        warehouse.sync(full=True, accept_shrink=True)
    return warehouse


@pytest.fixture(scope="module")
def overview(made):
    """What the report shows of it."""
    with open_read_only(made.path) as connection:
        return read_overview(connection)


@pytest.fixture(scope="module")
def page(made):
    """The report of it."""
    file = made.folder / "report.html"
    write_overview(made.path, file, made.job("sync").condition_set)
    return Page(file.read_text())


def test_the_figures_are_those_of_the_set(overview):
    """Trials, countries, sites and participants count the members of the set, and nobody who left."""
    names = ("trials", "open", "completed", "with_results", "countries", "sites")
    told = {name: overview.figures[name] for name in names}
    assert told == {"trials": 10, "open": 1, "completed": 6, "with_results": 1, "countries": 2, "sites": 4}
    assert (overview.figures["enrolled"], overview.figures["expected"]) == (100, 40)
    assert overview.countries[0] == {"country": "China", "trials": 2, "sites": 3}


def test_phases_starts_and_enrollment_are_counted(overview):
    """Each trial counts once by phase and status, by the year it starts, and by its number of participants."""
    phases = [(row["phase"], row["status_group"], row["trials"]) for row in overview.phases]
    assert phases[:2] == [("Phase 1/Phase 2", "open", 1), ("Phase 2", "completed", 1)]
    assert sum(trials for _, _, trials in phases) == TRIALS
    assert [(row["year"], row["kind"], row["trials"]) for row in overview.starts] == [
        (2018, "actual", 1),
        (2019, "actual", 0),
        (2020, "estimated", 1),
    ]
    assert {row["participants"]: row["trials"] for row in overview.enrollment if row["trials"]} == {
        "25–49": 1,
        "100–199": 1,
    }


def test_results_are_overdue_a_year_after_an_actual_primary_completion(overview):
    """On September 12, 2026 a trial counts once twelve months are over after the last day that its date may mean."""
    assert overview.night["day"].isoformat() == "2026-09-12"
    assert {row["nct_id"][-2:]: row["state"] for row in overview.results} == {
        "02": "overdue",  # 2025-09-10
        "03": "overdue",  # 2025-09-11, a year and a day ago
        "05": "overdue",  # some day of August 2025
        "06": "unconfirmed",  # an estimate
        "08": "posted",
        "09": "unconfirmed",  # nobody says that it is actual
    }  # and neither 04, which may have ended on 2025-09-30, nor 07, which was withdrawn


def test_the_page_says_the_same(page):
    """The page has each figure by its words, each chart's table, and every trial of the set as a row."""
    assert "Made disease 10 trials, as the registry had them on September 12, 2026." in page.text
    for words in (
        "Trials in the set 10",
        "Results overdue 3",
        "Countries 2 with 4 sites",
        "enrolled; 40 more expected",
    ):
        assert words in page.text
    assert ["China", "2", "3"] in page.rows
    assert ["Phase 2", "0", "1", "0", "0", "1"] in page.rows
    assert ["2025", "0", "3", "0", "3"] in page.rows
    row = next(row for row in page.rows if "NCT00000002" in row[0] and len(row) == 6)
    assert row == ["Trial 2 NCT00000002", "Completed", "Phase 2", "2018-03-01", "100", "China"]


def test_what_changed_is_told(page):
    """The newest night stands first, with who left and why, and what changed in words."""
    assert "September 12, 2026 03:00 UTC 1 left, 2 changed" in page.text
    assert "left the set (left the search)" in page.text
    assert "overall status: Recruiting → Suspended" in page.text
    assert "September 11, 2026 03:00 UTC 11 joined" in page.text


def test_each_trial_has_its_page(page):
    """Every trial has a section with the summary page's headings, where the table's link leads."""
    sections = [attributes["id"] for attributes in page.all("article")]
    assert sorted(sections) == [f"NCT{number:08}" for number in range(1, TRIALS + 1)]
    links = [attributes["href"] for attributes in page.all("a")]
    assert {f"#{section}" for section in sections} <= set(links)
    assert page.text.count("Clinical Trial Description") == TRIALS
    assert page.text.count("Study Design") == TRIALS
    targets = {f"#{attributes['id']}" for _, attributes in page.tags if "id" in attributes}
    assert {link for link in links if link.startswith("#")} <= targets


def test_what_the_registry_sends_is_text(page):
    """A title with a script is shown as it is; it becomes no tag, nowhere."""
    assert SCRIPT in page.text
    assert "<img src=x onerror=y>" in page.text
    assert len(page.all("script")) == 1
    assert not page.all("img")
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]


def test_the_page_needs_nothing_else(page):
    """No address but the trials' own at the registry and contacts' stands in it, nothing is loaded or sent."""
    links = {attributes["href"] for attributes in page.all("a") if not attributes["href"].startswith(("#", "mailto:"))}
    assert links
    assert all(re.fullmatch(r"https://clinicaltrials\.gov/study/NCT\d{8}", link) for link in links)
    without = re.sub(r"https://clinicaltrials\.gov/study/NCT\d{8}", "", page.source)
    assert not re.search(r"https?://|url\(|@import", without)
    loaded = {"src", "srcset", "action", "formaction", "data", "poster", "xlink:href", "style", "background"}
    assert not loaded & {name for _, attributes in page.tags for name in attributes}
    assert not {tag for tag, _ in page.tags} & {"link", "iframe", "object", "embed", "base", "image", "use"}


def test_the_policy_allows_its_own_style_and_script_alone(page):
    """The content security policy names the digests of the one style and the one script, and refuses all else."""
    (policy,) = [meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    for tag in ("style", "script"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page.source, re.DOTALL)
        assert f"{tag}-src 'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


def test_every_chart_is_named_and_has_its_table(page):
    """Each drawing has a name and a sentence for a screen reader, and a table beside it."""
    drawings = page.all("svg")
    assert len(drawings) == 5
    ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    for drawing in drawings:
        assert drawing["role"] == "img"
        assert set(drawing["aria-labelledby"].split()) <= ids
    assert page.text.count("As a table") == len(drawings)


def colours():
    """The variables of the page's style sheets in light and in dark."""
    sheets = [(TEMPLATES / name).read_text() for name in ("trial.css", "overview.css")]
    parts = [re.findall(r":root \{(.*?)\}", sheet, re.DOTALL)[:2] for sheet in sheets]
    return [dict(re.findall(r"--([a-z_-]+): (#[0-9a-f]{3,6});", " ".join(mode))) for mode in zip(*parts, strict=True)]


def luminance(colour):
    """Relative luminance, as WCAG 2 defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = (int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(colour, ground):
    """The ratio of WCAG 2, from 1 to 21."""
    lighter, darker = sorted((luminance(colour), luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


BARS = ("open", "planned", "active", "completed", "stopped", "unknown", "actual", "estimated", "posted", "overdue")


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_colours_have_contrast(mode):
    """Text has 4.5 to 1 on both grounds, and what is drawn has 3 to 1 on its card, in light and in dark."""
    shown = colours()[mode]
    for text in ("ink", "soft", "link", "accent"):
        for ground in ("card", "desk"):
            assert contrast(shown[text], shown[ground]) >= 4.5, (text, ground)
    for bar in (*BARS, "unconfirmed", "untold", "expanded_access", "withheld", "not_known"):
        assert contrast(shown[bar], shown["card"]) >= 3, bar


def test_an_empty_set_has_a_page(new_warehouse, tmp_path):
    """A warehouse whose set is empty, as after a backfill alone, gives a page without charts."""
    warehouse = new_warehouse()
    warehouse.serve(ill(1))
    warehouse.backfill("NCT00000001")
    written = write_overview(warehouse.path, tmp_path / "report.html", warehouse.job("sync").condition_set)
    page = Page((tmp_path / "report.html").read_text())
    assert (written["trials"], page.all("svg"), page.all("article")) == (0, [], [])
    assert "No record says it." in page.text


def test_four_hundred_trials_are_a_page_of_some_megabytes(new_warehouse, tmp_path):
    """A set of 400 trials, each with two pages of text, is a file that can be mailed: below 6 MB."""
    warehouse = new_warehouse()
    text = {"briefSummary": "A summary of the trial. " * 40, "detailedDescription": "What is done, and how. " * 100}
    warehouse.serve(*(trial(number, protocolSection__descriptionModule=text) for number in range(1, LARGE + 1)))
    warehouse.sync()
    written = write_overview(warehouse.path, tmp_path / "report.html", warehouse.job("sync").condition_set)
    assert written["trials"] == LARGE
    assert 400 * 3_000 < written["bytes"] < 6_000_000


def test_the_same_warehouse_gives_the_same_page(made, page, tmp_path):
    """The page depends on the warehouse alone: a second one is the same, byte for byte."""
    write_overview(made.path, tmp_path / "again.html", made.job("sync").condition_set)
    assert (tmp_path / "again.html").read_text() == page.source


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """The command line, in a folder that was synced from the sample with a report beside the warehouse."""
    aclf = CommandLine(tmp_path_factory.mktemp("report") / "here", ACLF_REPORT="night.html", ACLF_REGISTRY="sample")
    aclf.synced = aclf("sync", "--direct")
    return aclf


def test_a_sync_writes_it_too(sample):
    """With ACLF_REPORT a sync writes the report after it has published, and says where, as `aclf report` does."""
    assert (sample.synced.code, sample.synced.err) == (0, "")
    assert f"report            {sample.folder / 'night.html'}" in sample.synced.out
    told = sample("report", "mine.html", "--json").document
    assert (told["trials"], told["data_timestamp"]) == (73, "2026-09-10T09:00:04")
    assert (sample.folder / "night.html").read_bytes() == (sample.folder / "mine.html").read_bytes()
    assert told["bytes"] == (sample.folder / "mine.html").stat().st_size


def test_the_sample_is_marked(sample, page):
    """A page of the sample's records says that it is no source on any trial; a page of others says nothing of it."""
    marked = Page((sample.folder / "night.html").read_text())
    assert "Sample These records are those of the sample registry" in marked.text
    assert "no source on any trial" not in page.text


def test_a_report_that_fails_does_not_fail_the_run(held):
    """Where it cannot be put in place the data is published all the same: exit 0, and one sentence that says so."""
    place = held.folder / "locked"
    place.mkdir()
    (place / "report.html").mkdir()
    run = held("sync", "--direct", "--json", ACLF_REPORT="/dev/full/report.html")
    assert run.code == 2
    run = held("sync", "--direct", "--json", ACLF_REPORT="/proc/report.html")
    assert (run.code, run.document["outcome"]) == (0, "unchanged")
    assert run.err.startswith("aclf: the report /proc/report.html could not be written")
    assert run.err.count("\n") == 1
    assert run.document["report_failure"] in run.err


@pytest.mark.parametrize("file", [".", "nowhere/report.html"])
@pytest.mark.parametrize("command", [["report"], ["sync", "--direct", "--report"]], ids=["report", "sync"])
def test_a_place_where_no_file_can_be_is_refused(held, command, file):
    """A folder, or a file in no folder, ends with 2 before anything is done."""
    before = held.files()
    run = held(*command, file)
    assert (run.code, run.out, run.err.count("\n")) == (2, "", 1)
    assert "no report can be written to" in run.err
    assert held.files() == before


def test_without_a_warehouse_it_says_what_to_do(aclf):
    """Where nothing is published yet, the sentence says to sync first, and nothing is written."""
    run = aclf("report", "report.html")
    assert run.code == 2
    assert "run `aclf sync` first" in run.err
    assert aclf.files() == set()
