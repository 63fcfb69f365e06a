"""`aclf show` prints the pages of the trials that the warehouse has, in every form, and names the others."""

from __future__ import annotations

import shutil

import duckdb
import pytest

from tests.support.command_line import CommandLine
from tests.support.made_studies import make_nct_id, make_study
from tests.support.warehouses import make_member_study, with_value
from warehouse.reading.trial_details import LISTS, OBJECTS

SEED, OTHER = "NCT03863002", "NCT03281252"
PARTS_OF_SEED = [
    *("Eligibility", "Outcomes", "Arms and interventions", "Sites and contacts", "Sponsor and collaborators"),
    *("Results", "What changed"),
]
OLD, NEW = make_nct_id(7), make_nct_id(8)


@pytest.fixture(scope="module")
def reader(first_night_folder):
    """Return the command line of a warehouse with the sample's first night, only for reading."""
    return CommandLine(first_night_folder)


def test_several_trials_come_in_the_requested_order(reader):
    """Each trial is shown once, in the order of the first mention; lower case and spaces around it do not matter."""
    pages = reader("show", "--json", OTHER, f" {SEED.lower()} ", OTHER).document
    assert [(page["nct_id"], page["asked_for"]) for page in pages] == [(OTHER, [OTHER]), (SEED, [SEED])]


def test_json_has_every_column_and_the_relations(reader):
    """--json is a list of objects: the columns of `trial_summary`, the source, `see_also`, and what the texts say."""
    (page,) = reader("show", "--json", "--related", "2", SEED).document
    columns = [name for (name,) in reader.rows("select column_name from (describe trial_summary)")]
    stated = ["registry", "data_timestamp", "source", "asked_for", "see_also"]
    assert list(page) == [*columns, *stated, *LISTS, *OBJECTS]
    assert (page["registry"], page["data_timestamp"]) == ("sample", "2026-09-10T09:00:04")
    assert page["study_design"][0] == "Allocation: Randomized"
    names = ["rank", "other_nct_id", "status_label", "brief_title", "phase_label", "score", "shared", "source_url"]
    assert [list(row) for row in page["see_also"]] == [names, names]
    assert [row["rank"] for row in page["see_also"]] == [1, 2]
    (treatment, *_) = page["interventions"]
    assert treatment["intervention_class"] == "mesenchymal stem cells"
    assert [row["text"] for row in page["criteria"]]
    assert all("nct_id" not in row for table in LISTS for row in page[table])


def test_markdown_is_a_document(reader):
    """--markdown has the title as its heading, a heading a section, the facts and the relations as tables."""
    text = reader("show", "--markdown", "--related", "1", SEED).out
    assert text.startswith("# Safety and Efficacy of Mesenchymal Stem Cell Transplantation")
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings[0] == "## Clinical Trial Summary"
    assert headings[headings.index("## See also") + 1 :] == [f"## {title}" for title in PARTS_OF_SEED]
    assert "| Start date | October 1, 2019 |\n" in text
    assert "* **Masking:** None (Open Label)\n" in text
    assert "| Status | Clinical Trial | Phase |\n|---|---|---|\n| Unknown status | [NCT01724398](https://" in text


def test_html_is_one_file_that_needs_nothing_else(reader):
    """--html is a whole document without a script or anything to load; trials in one document link to each other."""
    text = reader("show", "--html", "--related", "50", SEED, OTHER).out
    assert text.startswith('<!doctype html>\n<html lang="en">')
    assert text.endswith("</html>\n")
    assert f'<article id="{SEED}"' in text
    assert f'<a href="#{OTHER}">{OTHER}</a>' in text
    assert '<a href="https://clinicaltrials.gov/study/NCT05881668">NCT05881668</a>' in text
    assert [part for part in ("<script", "<link", "<img", "src=", "@import", "url(") if part in text] == []


def test_a_terminal_gets_the_page_within_its_width(reader):
    """On a terminal the page has the same sections and values, in lines that are not longer than it is wide."""
    text = reader.on_a_terminal("show", SEED)
    assert max(map(len, text.splitlines())) <= 100
    words = " ".join(text.split())
    for part in (
        "Clinical Trial Summary Safety and Efficacy",
        "Start date October 1, 2019",
        "Status Clinical Trial Phase",
    ):
        assert part in words
    assert "Jules Sampleby, MD" in words


@pytest.mark.quick(2)
@pytest.mark.parametrize(
    "form", [[], ["--markdown"], ["--html"], ["--json"]], ids=["plain", "markdown", "html", "json"]
)
def test_every_form_marks_the_sample(reader, form):
    """Every form of a page made of the sample says so."""
    assert "sample" in reader("show", SEED, *form).out.replace("Sample record of aclf-trials", "")


def test_a_missing_trial_is_named_with_its_backfill(reader):
    """The other trials are shown; the message names the missing numbers and the command that fetches them; exit 2."""
    run = reader("show", make_nct_id(1), SEED, make_nct_id(2))
    assert run.code == 2
    assert SEED in run.out
    assert run.err == (
        "aclf: NCT00000001, NCT00000002 are not in the warehouse; the other trials were shown (1); "
        "fetch them with `aclf backfill NCT00000001 NCT00000002`.\n"
    )
    alone = reader("show", make_nct_id(1))
    assert (alone.code, alone.out) == (2, "")
    assert alone.err.endswith("fetch it with `aclf backfill NCT00000001`.\n")
    assert reader("show", "--json", make_nct_id(1)).document == []


def test_a_quarantined_record_is_named_with_the_reason(sync_studies):
    """A trial whose record was set aside is not in the warehouse, and the message says why."""
    misfit = with_value(make_member_study(2), "protocolSection.armsInterventionsModule.interventions", "not a list")
    aclf = sync_studies(make_member_study(1), misfit)
    run = aclf("show", make_nct_id(2))
    assert run.code == 2
    assert f"{make_nct_id(2)} (its record was set aside: " in run.err


@pytest.mark.quick(3)
@pytest.mark.parametrize(
    "arguments", [["NCT1"], ["x"], [SEED, "--json", "--html"], [SEED, "--related", "51"], [SEED, "--related", "-1"], []]
)
def test_a_request_that_cannot_be_answered_is_refused(reader, arguments):
    """A bad NCT number, two forms together and a wrong number of related trials end with 2; nothing is printed."""
    run = reader("show", *arguments)
    assert (run.code, run.out) == (2, "")
    assert run.err


def test_an_obsolete_number_shows_the_current_trial(sync_studies):
    """The number of a merged trial shows the current trial, and a note says that its last record is kept."""
    others = [make_member_study(number) for number in range(1, 7)]
    sync_studies(*others, make_member_study(7, title="The old one"))
    aclf = sync_studies(*others, make_member_study(8, title="The new one", aliases=[OLD]))
    run = aclf("show", OLD)
    assert (run.code, run.err) == (0, "")
    note = f"{OLD} is now {NEW}, which is shown here; the last record of {OLD} is kept in the warehouse.\n"
    assert run.out.startswith(note)
    assert "The new one" in run.out
    assert "The old one" not in run.out
    both = aclf("show", "--json", OLD, NEW).document
    assert [(page["nct_id"], page["asked_for"]) for page in both] == [(NEW, [OLD, NEW])]


@pytest.mark.slow
def test_an_obsolete_number_that_was_never_loaded_is_found_too(sync_studies):
    """A number that only another record lists as its alias shows that trial; the note names no kept record."""
    run = sync_studies(make_member_study(8, aliases=[OLD]))("show", OLD)
    assert run.code == 0
    assert run.out.startswith(f"{OLD} is now {NEW}, which is shown here.\n")


def test_a_trial_that_left_says_so(sync_studies):
    """The page of a trial that left the set begins with the reason."""
    others = [make_member_study(number) for number in range(1, 8)]
    sync_studies(*others, make_member_study(9))
    run = sync_studies(*others, make_study(9, conditions=["Another illness"]))("show", make_nct_id(9))
    assert run.out.startswith(f"{make_nct_id(9)} is not in the condition set any more: left the search.\n")


HOSTILE = (
    "<script>alert('1')</script> & [x](javascript:alert(2)) | `a` \x1b[31mred\x1b]8;;http://x\x07 \u009b2J \u202eback"
)
SEEN = "<script>alert('1')</script> & [x](javascript:alert(2)) | `a` [31mred]8;;http://x 2J back"


@pytest.fixture
def hostile(sync_studies):
    """Return the command line of a warehouse in which every text of a record tries to be more than text."""
    study = make_member_study(1, title=HOSTILE, conditions=["Made disease", HOSTILE], meshes=[HOSTILE])
    for path, value in {
        "descriptionModule": {"briefSummary": HOSTILE, "detailedDescription": f"* {HOSTILE}"},
        "sponsorCollaboratorsModule.leadSponsor": {"name": HOSTILE, "class": "OTHER"},
        "contactsLocationsModule.centralContacts": [{"name": HOSTILE, "phone": HOSTILE, "email": f'"><b>{HOSTILE}'}],
        "armsInterventionsModule.interventions": [{"type": "DRUG", "name": HOSTILE}],
        "statusModule.whyStopped": HOSTILE,
        "statusModule.overallStatus": HOSTILE,
    }.items():
        study = with_value(study, f"protocolSection.{path}", value)
    return sync_studies(study, make_member_study(2, title=HOSTILE))


@pytest.mark.quick(1)
@pytest.mark.parametrize(
    "form", [["--html"], ["--markdown"], [], ["--json"]], ids=["html", "markdown", "plain", "json"]
)
def test_no_text_controls_the_terminal(hostile, form):
    """No form prints a control character of a record, or one that changes the direction of reading."""
    out = hostile("show", make_nct_id(1), *form).out
    assert out
    assert [character for character in out if not character.isprintable() and character != "\n"] == []


def test_a_text_stays_text_on_the_page(hostile):
    """As plain text and on a terminal every text is shown as it is."""
    assert hostile("show", make_nct_id(1)).out.count(SEEN) >= 8
    assert "<script>alert('1')</script> & [x](javascript" in hostile.on_a_terminal("show", make_nct_id(1))


@pytest.mark.slow
def test_html_has_no_element_from_a_record(hostile):
    """In HTML every text is escaped: no element, attribute or link comes from a record."""
    out = hostile("show", make_nct_id(1), "--html").out
    assert "<script" not in out
    assert "<b>" not in out
    assert 'href="javascript' not in out
    assert out.count("&lt;script&gt;") >= 9


def test_a_warehouse_without_pages_says_what_to_do(reader, tmp_path):
    """A file from an older version has no summary pages, and the message says how to get them."""
    older = tmp_path / "older.duckdb"
    shutil.copyfile(reader.warehouse, older)
    with duckdb.connect(str(older)) as connection:
        connection.execute("drop view main.trial_summary; drop view main.see_also")
    run = reader("show", SEED, "--warehouse", str(older))
    assert (run.code, run.out) == (2, "")
    assert "older version" in run.err


def test_a_warehouse_of_the_version_before_is_shown_whole(reader, tmp_path):
    """A file in which the ranking is a table, without the macros for it, has the same page with related trials."""
    older = tmp_path / "older.duckdb"
    shutil.copyfile(reader.warehouse, older)
    with duckdb.connect(str(older)) as connection:
        connection.execute(
            "create table ranking as from main.see_also; drop view main.see_also; drop table raw.kept_relations; "
            "drop view raw.unranked_terms; drop macro table main.see_also_of; drop macro table raw.list_related; "
            "create table main.see_also as from ranking"
        )
    shown = reader("show", SEED)
    assert shown.out == reader("show", SEED, "--warehouse", str(older)).out
    assert "See also" in shown.out


def test_without_a_warehouse_it_says_what_to_do(aclf):
    """If nothing is published yet, the message says to sync first."""
    run = aclf("show", SEED)
    assert (run.code, run.out) == (2, "")
    assert "run `aclf sync` first" in run.err
