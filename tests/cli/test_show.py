"""`aclf show` prints the pages of the trials that are there, in every form, and says which are not."""

from __future__ import annotations

import shutil

import duckdb
import pytest

from tests.support.command_line import CommandLine
from tests.support.made_studies import made_study, nct_id
from tests.support.warehouses import ill, put

SEED, OTHER = "NCT03863002", "NCT03281252"
OLD, NEW = nct_id(7), nct_id(8)


@pytest.fixture(scope="module")
def reader(first_night):
    """The command line, to read a warehouse that holds the sample's first night."""
    return CommandLine(first_night)


@pytest.fixture
def made(warehouse):
    """Serves studies as the registry's next night, syncs, and gives the command line that reads the warehouse."""

    def synced(*studies):
        warehouse.serve(*studies)
        warehouse.sync()
        return CommandLine(warehouse.folder)

    return synced


def test_several_trials_come_in_the_order_asked_for(reader):
    """Each trial is shown once, in the order in which it was first asked for, in any case and with spaces around it."""
    pages = reader("show", "--json", OTHER, f" {SEED.lower()} ", OTHER).document
    assert [(page["nct_id"], page["asked_for"]) for page in pages] == [(OTHER, [OTHER]), (SEED, [SEED])]


def test_json_has_every_column_and_the_relations(reader):
    """--json is a list of objects: the columns of `trial_summary`, where the record came from, and `see_also`."""
    (page,) = reader("show", "--json", "--related", "2", SEED).document
    columns = [name for (name,) in reader.rows("select column_name from (describe trial_summary)")]
    assert list(page) == [*columns, "registry", "data_timestamp", "asked_for", "see_also"]
    assert (page["registry"], page["data_timestamp"]) == ("sample", "2026-09-10T09:00:04")
    assert page["study_design"][0] == "Allocation: Randomized"
    names = ["rank", "other_nct_id", "status_label", "brief_title", "phase_label", "score", "shared", "source_url"]
    assert [list(row) for row in page["see_also"]] == [names, names]
    assert [row["rank"] for row in page["see_also"]] == [1, 2]


def test_markdown_is_a_document(reader):
    """--markdown has the title as its heading, a heading a section, the facts and the relations as tables."""
    text = reader("show", "--markdown", "--related", "1", SEED).out
    assert text.startswith("# Safety and Efficacy of Mesenchymal Stem Cell Transplantation")
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings[0] == "## Clinical Trial Summary"
    assert headings[-1] == "## See also"
    assert "| Start date | October 1, 2019 |\n" in text
    assert "* **Masking:** None (Open Label)\n" in text
    assert "| Status | Clinical Trial | Phase |\n|---|---|---|\n| Unknown status | [NCT01724398](https://" in text


def test_html_is_one_file_that_needs_nothing_else(reader):
    """--html is a whole document without a script or anything to load; trials shown together lead to each other."""
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
    """Whoever reads a page made of the sample is told so."""
    assert "sample" in reader("show", SEED, *form).out.replace("Sample record of aclf-trials", "")


def test_a_trial_that_is_not_there_is_offered_for_backfill(reader):
    """What is there is shown; the sentence names the missing numbers and the command that fetches them; exit 2."""
    run = reader("show", nct_id(1), SEED, nct_id(2))
    assert run.code == 2
    assert SEED in run.out
    assert run.err == (
        "aclf: NCT00000001, NCT00000002 are not in the warehouse; what is there was shown (1); "
        "fetch them with `aclf backfill NCT00000001 NCT00000002`.\n"
    )
    alone = reader("show", nct_id(1))
    assert (alone.code, alone.out) == (2, "")
    assert alone.err.endswith("fetch it with `aclf backfill NCT00000001`.\n")
    assert reader("show", "--json", nct_id(1)).document == []


def test_a_record_that_was_set_aside_is_told(made):
    """A trial whose record was set aside is not in the warehouse, and the sentence says why."""
    misfit = put(ill(2), "protocolSection.armsInterventionsModule.interventions", "not a list")
    aclf = made(ill(1), misfit)
    run = aclf("show", nct_id(2))
    assert run.code == 2
    assert f"{nct_id(2)} (its record was set aside: " in run.err


@pytest.mark.quick(3)
@pytest.mark.parametrize(
    "arguments", [["NCT1"], ["x"], [SEED, "--json", "--html"], [SEED, "--related", "51"], [SEED, "--related", "-1"], []]
)
def test_what_cannot_be_asked_is_refused(reader, arguments):
    """No NCT number, two forms at once or a wrong number of relations end with 2, and nothing is printed."""
    run = reader("show", *arguments)
    assert (run.code, run.out) == (2, "")
    assert run.err


def test_an_obsolete_number_shows_the_current_trial(made):
    """A merged trial's number gives the trial it was merged into, and says so, and that its last record is kept."""
    others = [ill(number) for number in range(1, 7)]
    made(*others, ill(7, title="The old one"))
    aclf = made(*others, ill(8, title="The new one", aliases=[OLD]))
    run = aclf("show", OLD)
    assert (run.code, run.err) == (0, "")
    note = f"{OLD} is now {NEW}, which is shown here; the last record of {OLD} is kept in the warehouse.\n"
    assert run.out.startswith(note)
    assert "The new one" in run.out
    assert "The old one" not in run.out
    both = aclf("show", "--json", OLD, NEW).document
    assert [(page["nct_id"], page["asked_for"]) for page in both] == [(NEW, [OLD, NEW])]


@pytest.mark.slow
def test_an_obsolete_number_that_never_was_loaded_is_found_too(made):
    """A number that only another record lists as its alias gives that trial; of no kept record is spoken."""
    run = made(ill(8, aliases=[OLD]))("show", OLD)
    assert run.code == 0
    assert run.out.startswith(f"{OLD} is now {NEW}, which is shown here.\n")


def test_a_trial_that_left_says_so(made):
    """The page of a trial that is not in the set any more begins with the reason."""
    others = [ill(number) for number in range(1, 8)]
    made(*others, ill(9))
    run = made(*others, made_study(9, conditions=["Another illness"]))("show", nct_id(9))
    assert run.out.startswith(f"{nct_id(9)} is not in the condition set any more: left the search.\n")


HOSTILE = (
    "<script>alert('1')</script> & [x](javascript:alert(2)) | `a` \x1b[31mred\x1b]8;;http://x\x07 \u009b2J \u202eback"
)
SEEN = "<script>alert('1')</script> & [x](javascript:alert(2)) | `a` [31mred]8;;http://x 2J back"


@pytest.fixture
def hostile(made):
    """The command line of a warehouse in which every text of a record tries to be more than text."""
    study = ill(1, title=HOSTILE, conditions=["Made disease", HOSTILE], meshes=[HOSTILE])
    for path, value in {
        "descriptionModule": {"briefSummary": HOSTILE, "detailedDescription": f"* {HOSTILE}"},
        "sponsorCollaboratorsModule.leadSponsor": {"name": HOSTILE, "class": "OTHER"},
        "contactsLocationsModule.centralContacts": [{"name": HOSTILE, "phone": HOSTILE, "email": f'"><b>{HOSTILE}'}],
        "armsInterventionsModule.interventions": [{"type": "DRUG", "name": HOSTILE}],
        "statusModule.whyStopped": HOSTILE,
        "statusModule.overallStatus": HOSTILE,
    }.items():
        study = put(study, f"protocolSection.{path}", value)
    return made(study, ill(2, title=HOSTILE))


@pytest.mark.quick(1)
@pytest.mark.parametrize(
    "form", [["--html"], ["--markdown"], [], ["--json"]], ids=["html", "markdown", "plain", "json"]
)
def test_no_text_steers_the_terminal(hostile, form):
    """No control character of a record is printed in any form, nor one that turns the direction of reading."""
    out = hostile("show", nct_id(1), *form).out
    assert out
    assert [character for character in out if not character.isprintable() and character != "\n"] == []


def test_a_text_stays_text_on_the_page(hostile):
    """Plain and on a terminal a text is shown as it stands, whatever it looks like."""
    assert hostile("show", nct_id(1)).out.count(SEEN) >= 8
    assert "<script>alert('1')</script> & [x](javascript" in hostile.on_a_terminal("show", nct_id(1))


@pytest.mark.slow
def test_html_holds_no_element_of_a_record(hostile):
    """In HTML every text is escaped: there is no element, attribute or link that the record could have made."""
    out = hostile("show", nct_id(1), "--html").out
    assert "<script" not in out
    assert "<b>" not in out
    assert 'href="javascript' not in out
    assert out.count("&lt;script&gt;") >= 9


def test_a_warehouse_without_pages_says_what_to_do(reader, tmp_path):
    """One that an older version published has no summary pages: the sentence says how to get them."""
    older = tmp_path / "older.duckdb"
    shutil.copyfile(reader.warehouse, older)
    with duckdb.connect(str(older)) as connection:
        connection.execute("drop view main.trial_summary; drop table main.see_also")
    run = reader("show", SEED, "--warehouse", str(older))
    assert (run.code, run.out) == (2, "")
    assert "older version" in run.err


def test_without_a_warehouse_it_says_what_to_do(aclf):
    """Where nothing is published yet, the sentence says to sync first."""
    run = aclf("show", SEED)
    assert (run.code, run.out) == (2, "")
    assert "run `aclf sync` first" in run.err
