"""The folded parts of a trial's page: eligibility, outcomes, arms, sites, sponsors, results, references and changes.

The values were read off the records of the sample.
"""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from flows.cli.read_commands import PARTS
from flows.pages.trial_blocks import Part, Table, make_cell
from flows.pages.trial_terminal_parts import list_part
from tests.support.html_page import HtmlPage
from tests.support.made_studies import make_nct_id, make_study
from tests.support.page_forms import FORMS, read_text
from tests.support.warehouses import make_member_study, with_value

SEED, WITH_RESULTS = "NCT03863002", "NCT02669680"

SEED_PARTS = {
    "eligibility": [
        *("Eligibility", "18 Years to 65 Years, all sexes; 4 inclusion criteria, 3 exclusion criteria"),
        *("Healthy volunteers", "Not accepted", "Inclusion criteria", "Total bilirubin >= 10 times the upper limit"),
        *("Exclusion criteria", "Pregnancy or breastfeeding"),
    ],
    "outcomes": [
        *("Outcomes", "1 primary, 2 secondary", "Primary outcomes", "Adverse events"),
        *("24 weeks", "Secondary outcomes", "Transplant-free survival", "12 months", "12 weeks"),
    ],
    "arms": [
        *("Arms and interventions", "2 arms, 1 intervention", "Stem cell infusion", "Experimental", "Usual care"),
        *("No Intervention", "Mesenchymal Stem Cell", "Biological", "Mesenchymal stem cells"),
    ],
    "sites": ["Sites and contacts", "1 central contact", "Jules Sampleby, MD", "+00 000 5550105"],
    "sponsors": ["Sponsor and collaborators", "Lead sponsor", "Tianjin Weikai Bioeng., Ltd.", "Industry"],
    "results": ["Results", "Not posted"],
    "changes": ["What changed", "1 night", "Major", "overall status: Not yet recruiting → Unknown status"],
}
RESULTS = [
    *("Posted on September 12, 2026", "They were due on March 31, 2021.", "Participant flow: Overall Study"),
    *("Started", "88", "Primary outcome: Transplant-free survival", "Time frame: 90 days."),
    *("30 (34.1 %)", "33 (37.5 %)", "Died, of any cause", "30 of 88 (34.1 %)", "With a serious adverse event"),
    *("40 of 88 (45.5 %)", "36 of 88 (40.9 %)", "Sample infection", "20 of 88 (22.7 %)", "18 of 88 (20.5 %)"),
]
SITES = [
    {
        "facility": "Ward B",
        "city": "Graz",
        "country": "Austria",
        "status": "COMPLETED",
        "contacts": [{"name": "A. Invented", "role": "PRINCIPAL_INVESTIGATOR"}],
    },
    {
        "facility": "Ward A",
        "city": "Vienna",
        "country": "Austria",
        "status": "RECRUITING",
        "contacts": [
            {"name": "B. Invented", "role": "CONTACT", "phone": "1", "phoneExt": "2", "email": "b@example.org"}
        ],
    },
    {"facility": "Ward C", "city": "Oslo", "country": "Norway"},
]
REFERENCES = {
    "references": [
        {"pmid": "123", "type": "RESULT", "citation": "What was found."},
        {"pmid": "5x", "type": "BACKGROUND", "citation": "What was known.", "retractions": [{"source": "Notice 1"}]},
    ],
    "seeAlsoLinks": [{"label": "Home", "url": "https://example.org/a(b)"}, {"label": "Bad", "url": "javascript:x()"}],
}


def assert_in_order(text, pieces):
    """Fail unless the text has all pieces, each behind the one before."""
    position = 0
    for piece in pieces:
        found = text.find(piece, position)
        assert found >= 0, (piece, text[position : position + 600])
        position = found


@pytest.mark.parametrize("form", FORMS)
def test_every_part_of_the_seed_is_in_every_form(aclf_after_all_nights, form):
    """The parts stand below the seed's page, in their order, with the values of the record."""
    shown = aclf_after_all_nights("show", SEED, "--all", *FORMS[form])
    text = read_text(shown.out, form).rpartition("See also")[2]
    assert_in_order(text, [piece for part in SEED_PARTS.values() for piece in part])
    assert "References" not in text
    assert "Source: U.S. National Library of Medicine, ClinicalTrials.gov; data of 2026-09-1" in text


@pytest.mark.parametrize("form", FORMS)
def test_posted_results_have_their_tables(aclf_after_all_nights, form):
    """Flow, primary outcome and events have a column for each arm, in every form."""
    text = read_text(aclf_after_all_nights("show", WITH_RESULTS, "--part", "results", *FORMS[form]).out, form)
    assert_in_order(text, RESULTS)


def test_a_narrow_terminal_has_a_line_for_each_arm(aclf_after_all_nights):
    """Figures stand side by side where there is room, and else each arm has a line of its own."""
    wide = aclf_after_all_nights.on_a_terminal("show", WITH_RESULTS, "--part", "results")
    assert_in_order(" ".join(wide.split()), ["Died, of any cause", "30 of 88 (34.1 %) 33 of 88 (37.5 %)"])
    row = (make_cell("Died, of any cause"), make_cell("30 of 88"), make_cell("33 of 88"))
    table = Table(("Participants", "G-CSF", "Standard therapy"), (row,), has_figures=True)
    console = Console(width=36, record=True, file=StringIO())
    for piece in list_part(Part("results", "Results", "posted", lambda: [table]), 36):
        console.print(piece)
    lines = [line.rstrip() for line in console.export_text().splitlines()]
    assert lines == ["", "Died, of any cause", "  G-CSF             30 of 88", "  Standard therapy  33 of 88"]


@pytest.mark.parametrize("show", ["__call__", "on_a_terminal"])
def test_what_cannot_fold_says_what_there_is(aclf_after_all_nights, show):
    """Without --all, the page has a line for each part, under its name, and not what is in it."""
    shown = getattr(aclf_after_all_nights, show)("show", SEED)
    text = " ".join((shown if isinstance(shown, str) else shown.out).split())
    assert_in_order(
        text, ["See also", "--part NAME", "eligibility 18 Years to 65 Years", "outcomes 1 primary", "changes"]
    )
    assert "Pregnancy or breastfeeding" not in text
    assert "references" not in text.partition("--part NAME")[2]


def test_one_command_answers_who_and_where(aclf_after_all_nights):
    """--part shows the named parts alone, below title, number and status, in the page's order."""
    out = aclf_after_all_nights("show", SEED, "--part", "sites,eligibility", "--part", "sites").out
    assert_in_order(out, [f"{SEED}  https://", "Status: Unknown status", "Eligibility", "Sites and contacts", "Source"])
    assert "Clinical Trial Description" not in out
    assert "Outcomes" not in out
    empty = aclf_after_all_nights("show", SEED, "--part", "references")
    assert (empty.code, empty.out.splitlines()[0]) == (0, "The record says nothing about references.")


@pytest.mark.parametrize("arguments", [["--part", "moon"], ["--part", "sites", "--json"]])
def test_a_part_that_cannot_be_shown_is_refused(aclf_after_all_nights, arguments):
    """An unknown part, and a part of JSON, which has all, end with 2 and a next step."""
    run = aclf_after_all_nights("show", SEED, *arguments)
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith("aclf: ")


def test_json_has_every_part_as_data(aclf_after_all_nights):
    """--json has each list, the sites with their contacts, and the results as the record has them."""
    (page,) = aclf_after_all_nights("show", WITH_RESULTS, "--json").document
    assert page["source"].startswith("Source: U.S. National Library of Medicine")
    assert (page["eligibility"]["minimum_age"], page["eligibility"]["sex_label"]) == ("18 Years", "All")
    assert [arm["type_label"] for arm in page["arms"]] == ["Experimental", "Active Comparator"]
    assert [site["country"] for site in page["sites"]] == ["Germany"] * 3
    assert [row["name"] for row in page["sponsors"]] == ["University of Leipzig"]
    results = page["results"]
    assert (results["has_results"], results["results_first_post_date"]) == (True, "2026-09-12")
    (outcome,) = results["sections"]["outcome_measures"]["outcomeMeasures"]
    assert outcome["title"] == "Transplant-free survival"
    assert {row["weight"] for row in page["changes"]} >= {"major", "administrative"}
    assert [row["version"] for row in page["versions"]] == [1, 2]


def test_changes_come_newest_and_heaviest_first(aclf_after_all_nights):
    """A night's major changes come before its administrative ones, and groups have their titles."""
    out = aclf_after_all_nights("show", WITH_RESULTS, "--part", "changes").out
    assert_in_order(
        out,
        ["Major", "groups (G-CSF): added", "Administrative", "last update post date", "joined the set", "first record"],
    )
    assert "FG000" not in out


def test_sites_and_references_lead_where_they_should(sync_studies):
    """Open sites come first in their country, with contacts; PubMed and web links work, and other links are text."""
    study = with_value(make_member_study(1), "protocolSection.contactsLocationsModule.locations", SITES)
    aclf = sync_studies(with_value(study, "protocolSection.referencesModule", REFERENCES))
    out = aclf("show", make_nct_id(1), "--part", "sites,references").out
    assert_in_order(
        out,
        [
            *("3 sites in 2 countries, 1 recruiting", "Austria (2)", "Ward A", "Vienna", "Status: Recruiting"),
            *("Contact: B. Invented, 1, ext. 2; b@example.org", "Ward B", "Principal Investigator: A. Invented"),
            *("Norway", "Ward C", "What was found.", "PubMed 123 https://pubmed.ncbi.nlm.nih.gov/123/"),
            *("What was known.", "Retracted: Notice 1", "Home https://example.org/a(b)", "Bad"),
        ],
    )
    assert "5x" not in out
    page = HtmlPage(aclf("show", make_nct_id(1), "--part", "sites,references", "--html").out)
    links = {attributes["href"] for attributes in page.all("a")}
    assert {"mailto:b@example.org", "https://pubmed.ncbi.nlm.nih.gov/123/", "https://example.org/a(b)"} <= links
    assert not any("javascript" in link for link in links)


@pytest.mark.parametrize("form", FORMS)
def test_a_record_with_nothing_has_no_empty_part(sync_studies, form):
    """Of a record with only its number and title, no heading stands without something below it."""
    study = make_study(1, conditions=["Made disease"])
    for module in ("eligibilityModule", "outcomesModule", "armsInterventionsModule", "contactsLocationsModule"):
        study["protocolSection"].pop(module, None)
    study["protocolSection"].pop("sponsorCollaboratorsModule", None)
    out = sync_studies(study)("show", make_nct_id(1), "--all", *FORMS[form]).out
    text = read_text(out, form)
    assert_in_order(text, ["Results", "Not posted", "What changed", "first record of this trial in this warehouse"])
    for heading in ("Eligibility", "Outcomes", "Arms and", "Groups and", "Sites and", "Sponsor and", "References"):
        assert heading not in text


def test_the_command_line_names_every_part(aclf_after_all_nights):
    """The names that --part takes are those of the folded parts, in their order."""
    found = set()
    for trial in (SEED, "NCT03641872"):
        page = HtmlPage(aclf_after_all_nights("show", trial, "--html").out)
        names = [attributes["id"].partition("-")[2] for attributes in page.all("details")]
        assert names == [name for name in PARTS if name in names]
        found |= set(names)
    assert found == set(PARTS)
