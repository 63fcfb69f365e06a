"""In a real browser the report's filters and its search agree with SQL, and the address keeps what was chosen."""

from __future__ import annotations

import pytest

from flows.pages.report import write_report
from flows.pages.report_filters import NOTHING
from tests.support.browser import needs_browser, open_browser
from tests.support.made_studies import make_nct_id
from tests.support.report_page import ReportPage
from tests.support.report_studies import STUDIES, TWO_SETS

pytestmark = needs_browser

VALUES = {
    "status": "select nct_id, status_group from trials",
    "phase": "select nct_id, phase_label from trials",
    "country": "select nct_id, unnest(countries) from trials",
    "intervention": "select nct_id, unnest(intervention_classes) from interventions",
    "outcome": "select nct_id, unnest(outcome_classes) from outcomes where outcome_type = 'primary'",
    "sponsor": "select nct_id, lead_sponsor_class from trials",
    "results": "select nct_id, if(has_results, 'yes', 'no') from trials",
    "set": "select nct_id, unnest(condition_sets) from trials",
}
"""For each filter the query of what it filters by."""


@pytest.fixture(scope="module")
def warehouse(make_warehouse):
    """Return a warehouse with two condition sets."""
    made = make_warehouse()
    files = []
    for name, text in TWO_SETS.items():
        files.append(made.folder / f"{name}.toml")
        files[-1].write_text(text)
    made.serve(*STUDIES)
    made.sync(condition_sets=[str(file) for file in files])
    return made


@pytest.fixture(scope="module")
def page(warehouse):
    """Open the report in a browser."""
    write_report(warehouse.path, warehouse.folder / "report.html")
    with open_browser() as driver:
        yield ReportPage(driver, warehouse.folder / "report.html")


@pytest.fixture(scope="module")
def values(warehouse):
    """Return, for each filter, the trials of each value by SQL; a trial without a value has `NOTHING`."""
    everything = {nct_id for (nct_id,) in warehouse.rows("select nct_id from trials")}
    found = {}
    for name, query in VALUES.items():
        by_value = {}
        for nct_id, value in warehouse.rows(query):
            if value is not None:
                by_value.setdefault(value, set()).add(nct_id)
        rest = everything.difference(*by_value.values())
        found[name] = by_value | ({NOTHING: rest} if rest else {})
    return found


def test_each_choice_leaves_the_trials_that_sql_finds(page, values):
    """Every value in the warehouse is a choice with its number of trials, and leaves those trials."""
    for name, by_value in values.items():
        page.open()
        assert page.list_choices(name) == {value: len(trials) for value, trials in by_value.items()}, name
        for value, trials in by_value.items():
            page.run("location.hash = arguments[0]", f"{name}={value}")
            page.wait(lambda name=name, value=value: page.list_chosen() == [(name, value)])
            assert set(page.list_shown()) == trials, (name, value)


def test_filters_are_combined(page, values):
    """Choices of one filter widen, filters narrow, and the numbers beside the choices follow."""
    page.open()
    page.choose("country", "Germany", "China")
    either = values["country"]["Germany"] | values["country"]["China"]
    assert set(page.list_shown()) == either
    assert page.list_choices("sponsor")["INDUSTRY"] == len(either & values["sponsor"]["INDUSTRY"])
    page.choose("status", "open")
    both = either & values["status"]["open"]
    assert set(page.list_shown()) == both
    assert page.find_one(".choices").text == "Status: Open to participants · Country: China or Germany"
    # The number beside another status says how many it would leave, given the countries.
    assert page.list_choices("status")["completed"] == len(either & values["status"]["completed"])
    page.search("albumin")
    assert page.list_shown() == [make_nct_id(3)]
    assert page.find_one(".shown-count").text == "1 of 5 trials"
    page.find_one(".finder [type=reset]").click()
    assert len(page.list_shown()) == len(STUDIES)


def test_the_keyboard_alone_filters(page, values):
    """Enter opens a filter, Space checks a choice, and Escape closes the filter and returns to its name."""
    page.open()
    name = page.find_one("[data-filter=sponsor] > summary")
    name.send_keys("\ue007")
    page.find_one("[data-filter=sponsor] input[value=INDUSTRY]").send_keys(" ")
    assert set(page.list_shown()) == values["sponsor"]["INDUSTRY"]
    page.find_one("[data-filter=sponsor] input[value=INDUSTRY]").send_keys("\ue00c")
    assert page.find_one("[data-filter=sponsor]").get_attribute("open") is None
    assert page.driver.switch_to.active_element == name


@pytest.mark.parametrize(
    ("words", "found", "hits"),
    [
        ("plasma", [1], []),
        ("lactation", [1], ["in eligibility, exclusion: Pregnancy or lactation"]),
        ("mortality", [1], ["in primary outcomes: 28-day mortality [28 days]"]),
        ("meld", [1, 2], ["in secondary outcomes: Change in MELD score", "also in eligibility, inclusion"]),
        ("beijing albumin", [3], ["in sites: Beijing, China"]),
        ("hopital general", [1], []),
        ('"meld score above"', [1, 2], ["in eligibility, inclusion: MELD score above 20"]),
        ('"score meld"', [], []),
        ("firm pregnancy", [3], ["in eligibility, exclusion: Pregnancy"]),
    ],
)
def test_a_search_says_where_it_hit(page, words, found, hits):
    """A search looks in titles, sponsors, outcomes, criteria and towns, and says where the words stand."""
    page.open()
    page.search(words)
    assert sorted(page.list_shown()) == [make_nct_id(number) for number in found]
    shown = page.driver.find_elements("css selector", "#table tbody tr:not([hidden]) .hits")
    assert ([line.text for line in shown[0].find_elements("css selector", "li")] if shown else []) == hits
    if found:
        marked = page.run("return [...document.querySelectorAll('#table mark')].map(mark => mark.textContent)")
        assert marked
        plain = words.replace('"', "")
        assert {mark.lower().replace("ô", "o").replace("é", "e") for mark in marked} <= {plain, *plain.split()}


def test_the_address_keeps_every_step(page):
    """Back, Forward and a reload return to each step: a choice, a search and the sorting."""
    page.open()
    steps = [page.list_shown()]
    page.choose("country", "Germany")
    steps.append(page.list_shown())
    page.search("mortality")
    steps.append(page.list_shown())
    page.search("")
    page.find_one("[data-column=title] button").click()
    steps.append(page.list_shown())
    assert steps[1:] == [[make_nct_id(1), make_nct_id(3)], [make_nct_id(1)], [make_nct_id(3), make_nct_id(1)]]
    # The words were one step, and the reader took them back in it: the step has the choice alone.
    for expected in (steps[1], steps[1], steps[0]):
        page.driver.back()
        page.wait(lambda expected=expected: page.list_shown() == expected)
    for _ in range(3):
        page.driver.forward()
    page.wait(lambda: page.list_shown() == steps[3])
    page.driver.refresh()
    page.wait_for_script()
    assert page.list_shown() == steps[3]
    assert page.find_one("[data-column=title]").get_attribute("aria-sort") == "ascending"
    # Who leaves the page and comes back finds it as it was.
    page.driver.get("about:blank")
    page.driver.back()
    page.wait_for_script()
    assert page.list_shown() == steps[3]


def test_a_link_to_a_trial_keeps_what_was_chosen(page):
    """A click on a title opens the trial and keeps the choices in the address, and that address opens both again."""
    page.open("country=Germany")
    page.find_one(f"#table a[href='#{make_nct_id(3)}']").click()
    page.wait(lambda: page.run("return location.hash") == f"#{make_nct_id(3)}&country=Germany")
    assert page.find_one(f"#{make_nct_id(3)} h3").is_displayed()
    assert sorted(page.list_shown()) == [make_nct_id(1), make_nct_id(3)]
    page.open(f"{make_nct_id(1)}&country=China")
    assert page.find_one(f"#{make_nct_id(1)} h3").is_displayed()
    assert sorted(page.list_shown()) == [make_nct_id(2), make_nct_id(3)]
    page.open(make_nct_id(2))
    assert page.find_one(f"#{make_nct_id(2)} h3").is_displayed()
    assert len(page.list_shown()) == len(STUDIES)


def test_what_an_address_names_in_vain_is_said(page):
    """An address with a country or a trial that the report does not have says so, and the rest counts."""
    page.open("country=Atlantis&status=open&pick=NCT99999999")
    assert page.said == "Not in this report: Atlantis, NCT99999999."
    assert make_nct_id(1) in page.list_shown()
    assert make_nct_id(2) not in page.list_shown()
