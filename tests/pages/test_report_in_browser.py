"""The report in a real browser: it opens in silence, the table filters and sorts, and links lead where they say.

It needs Debian's `chromium` and `chromium-driver`, or their like, on the path; elsewhere it is skipped.
"""

from __future__ import annotations

import json
import os
import shutil
from urllib.parse import urldefrag

import pytest

from tests.support.command_line import CommandLine

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
PHONE, DESK = 390, 1400
SEED = "NCT03863002"

pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no chromium and chromedriver on the path")


@pytest.fixture(scope="module")
def aclf(tmp_path_factory):
    """The command line, in a folder with the sample's two nights and the report of them."""
    line = CommandLine(tmp_path_factory.mktemp("browser") / "here", ACLF_REPORT="report.html", ACLF_REGISTRY="sample")
    for _ in range(2):
        assert line("sync", "--direct").code == 0
    return line


@pytest.fixture(scope="module")
def browser():
    """A headless browser."""
    webdriver = pytest.importorskip("selenium.webdriver")

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--hide-scrollbars", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # it refuses to run as root with one
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER)) as driver:
        yield driver


@pytest.fixture
def opened(browser, aclf):
    """Opens the report: how wide, in which mode, with or without script, at which trial."""

    def open_page(width=DESK, mode="light", *, script=True, at=""):
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < DESK}
        features = [
            {"name": "prefers-color-scheme", "value": mode},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not script})
        browser.get("about:blank")
        browser.get((aclf.folder / "report.html").as_uri() + (f"#{at}" if at else ""))
        return browser

    yield open_page
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def shown(page):
    """The NCT numbers of the table's rows that can be seen, in their order."""
    return page.execute_script(
        "return [...document.querySelectorAll('#table tbody tr')].filter(row => row.offsetParent !== null)"
        ".map(row => row.querySelector('a').hash.slice(1))"
    )


def one(page, selector):
    """The one element."""
    (element,) = page.find_elements("css selector", selector)
    return element


def head(page, words):
    """The button of a column, and the column's heading."""
    (found,) = [cell for cell in page.find_elements("css selector", "#table thead th") if cell.text.startswith(words)]
    return one(found, "button"), found


def asked(aclf, where, order="start_date desc nulls last, nct_id"):
    """The NCT numbers of the set's trials of which that is true."""
    rows = aclf.rows(f"select nct_id from trials where in_condition_set and ({where}) order by {order}")
    return [nct_id for (nct_id,) in rows]


@pytest.mark.quick(2)
@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_it_opens_in_silence(opened, width, mode):
    """At phone and desk width, light and dark, the console is empty, nothing is loaded, nothing scrolls sideways."""
    page = opened(width, mode)
    assert page.get_log("browser") == []
    assert page.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert page.execute_script("return document.documentElement.scrollWidth") == width
    ground = page.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (sum(json.loads(ground.replace("rgb(", "[").replace(")", "]"))) < 384) == (mode == "dark")


def test_the_table_filters(opened, aclf):
    """What is typed and chosen leaves the trials that hold it and tells how many; Clear brings all back."""
    page = opened()
    everything = shown(page)
    assert everything == asked(aclf, "true")
    search = one(page, ".finder input")
    search.send_keys("stem CELL")
    found = shown(page)
    assert 0 < len(found) < len(everything)
    assert set(asked(aclf, "brief_title ilike '%stem cell%'")) <= set(found)
    assert one(page, ".told").text == f"{len(found)} of {len(everything)} trials"
    search.clear()
    search.send_keys(SEED)
    assert shown(page) == [SEED]
    one(page, ".finder button").click()
    assert shown(page) == everything
    assert one(page, ".told").text == f"{len(everything)} trials"


@pytest.mark.parametrize(
    ("name", "choice", "where"),
    [
        ("status", "Open to participants", "status_group = 'open'"),
        ("phase", "Phase 2", "phase_label = 'Phase 2'"),
        ("phase", "No phase", "phase is null"),
        ("results", "posted", "has_results"),
    ],
)
def test_a_choice_filters(opened, aclf, name, choice, where):
    """Status, phase and results each leave the trials of which that is true."""
    page = opened()
    one(page, f".finder [name={name}]").send_keys(choice)
    assert shown(page) == asked(aclf, where)


def test_the_table_sorts_by_keyboard(opened, aclf):
    """Enter on a heading sorts by it and again the other way, which is said; no value comes last both times."""
    page = opened()
    button, heading = head(page, "Enrollment")
    for direction, order in (("descending", "desc"), ("ascending", "asc")):
        button.send_keys("\ue007")
        assert heading.get_attribute("aria-sort") == direction
        assert len(page.find_elements("css selector", "#table [aria-sort]")) == 1
        expected = aclf.rows(f"select enrollment from trials where in_condition_set order by 1 {order} nulls last")
        by_number = dict(aclf.rows("select nct_id, enrollment from trials"))
        assert [(by_number[nct_id],) for nct_id in shown(page)] == expected


def test_the_table_sorts_statuses_and_phases_in_their_order(opened, aclf):
    """Statuses go from planned to stopped, and phases from early to late, with those of none last."""
    page = opened()
    for column, value in (("Status", "status_order"), ("Phase", "phase_order")):
        head(page, column)[0].click()
        keys = page.execute_script(
            "return [...document.querySelectorAll('#table tbody tr')].map(row => row.cells[arguments[0]].dataset.key)",
            ["Trial", "Status", "Phase"].index(column),
        )
        given = [float(key) for key in keys if key]
        assert given == sorted(given), value
        assert keys[len(given) :] == [""] * (len(keys) - len(given))


def test_without_script_it_is_a_plain_table(opened, aclf):
    """Where scripts are off every trial is a row, no control is shown, and a link opens the trial's page."""
    page = opened(script=False)
    rows = page.find_elements("css selector", "#table tbody tr")
    assert len(rows) == len(asked(aclf, "true"))
    assert not one(page, ".finder").is_displayed()
    assert page.find_elements("css selector", "#table button") == []
    opened(script=False, at=SEED)
    assert one(page, f"#{SEED} h3").is_displayed()


def test_links_lead_where_they_say(opened):
    """A link within the page opens that trial's page; the others to the registry or to a contact."""
    page = opened()
    links = page.execute_script("return [...document.links].map(link => [link.href, link.textContent])")
    here = page.current_url
    for address, words in links:
        place, fragment = urldefrag(address)
        if place == here:
            assert page.execute_script("return document.getElementById(arguments[0]) !== null", fragment)
        elif "@" in words:
            assert address == f"mailto:{words}"
        else:
            assert address == f"https://clinicaltrials.gov/study/{words[:11]}"
    link = one(page, f"#table a[href='#{SEED}']")
    link.click()
    title = one(page, f"#{SEED} h3")
    assert title.is_displayed()
    assert title.text == link.text
    related = page.find_elements("css selector", f"#{SEED} table a")
    assert len(related) == 10
    target = related[0].text
    related[0].click()
    assert one(page, f"#{target} h3").is_displayed()


def test_a_screen_reader_hears_names(opened):
    """Each chart is an image with a name, the table's headings and the search are named, and the count is announced."""
    page = opened()
    page.execute_cdp_cmd("Accessibility.enable", {})
    nodes = page.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    named = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]]
    images = [name for role, name in named if role == "image"]
    assert len(images) == 5
    assert all("Trials by" in name or "trials" in name.lower() for name in images)
    assert [name for role, name in named if role == "searchbox"] == ["Search"]
    assert {"Status", "Phase", "Results"} <= {name for role, name in named if role == "combobox"}
    assert not [role for role, name in named if role in ("button", "link", "columnheader", "rowheader") and not name]
    assert one(page, ".told").get_attribute("role") == "status"


def test_it_prints(opened):
    """On paper it is some pages without the controls, dark or not, and what is folded up stays folded."""
    page = opened(DESK, "dark")
    printed = page.execute_cdp_cmd("Page.printToPDF", {"paperWidth": 8.27, "paperHeight": 11.69})
    assert len(printed["data"]) > 50_000
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert not one(page, ".finder").is_displayed()
    assert not one(page, "#pages").is_displayed()
    assert page.execute_script("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
