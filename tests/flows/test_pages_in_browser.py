"""In a real browser the pages of `aclf serve` work under the headers that protect them.

It needs Debian's `chromium` and `chromium-driver`, or similar, on the path. Without them it is skipped.
"""

from __future__ import annotations

import pytest

from tests.support.browser import find_violations, needs_browser, open_browser
from tests.support.pages import open_pages
from tests.support.report_page import ReportPage

pytestmark = needs_browser

SEED = "NCT03863002"


@pytest.fixture(scope="module")
def browser(aclf_after_both_nights):
    """Open a browser and the pages of a warehouse with the sample's two nights; give both."""
    with open_pages(aclf_after_both_nights.warehouse) as served, open_browser() as driver:
        yield driver, served.address


def list_complaints(driver):
    """Return what the browser's console complains of, but for the icon that no page has."""
    return [entry["message"] for entry in driver.get_log("browser") if "favicon.ico" not in entry["message"]]


def test_the_served_report_is_a_tool(browser, aclf_after_both_nights):
    """Its filters work although the headers allow its own script alone, and the browser complains of nothing."""
    driver, address = browser
    driver.get(f"{address}/#country=China")
    page = ReportPage(driver, None).wait_for_script()
    ((count,),) = aclf_after_both_nights.rows(
        "select count(*) from trials where in_condition_set and list_contains(countries, 'China')"
    )
    assert len(page.list_shown()) == count > 0
    assert list_complaints(driver) == []


@pytest.mark.parametrize("path", [f"/{SEED}", "/NCT99999999"])
def test_a_served_page_is_accessible(browser, path):
    """axe-core finds no violation in a trial's page, and in the page that says that there is none."""
    driver, address = browser
    driver.get(f"{address}{path}")
    assert find_violations(driver) == []
