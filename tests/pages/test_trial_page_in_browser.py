"""In a real browser a trial's page is accessible, fits the screen, and prints whole.

It needs Debian's `chromium` and `chromium-driver`, or similar, on the path. Without them it is skipped.
"""

from __future__ import annotations

import pytest

from tests.support.browser import find_violations, needs_browser, open_browser

pytestmark = needs_browser

SEED, WITH_RESULTS = "NCT03863002", "NCT02669680"


@pytest.mark.quick(2)
@pytest.mark.parametrize(
    ("scheme", "width", "is_open"),
    [
        *(("light", 1200, False), ("dark", 390, True)),
        *(("light", 1200, True), ("light", 390, False), ("light", 390, True)),
        *(("dark", 1200, False), ("dark", 1200, True), ("dark", 390, False)),
    ],
)
def test_a_browser_finds_nothing_inaccessible(aclf_after_all_nights, tmp_path, scheme, width, is_open):
    """axe-core finds nothing wrong, folded and open, on desk and phone, in light and dark, and nothing overflows."""
    file = tmp_path / "page.html"
    file.write_text(aclf_after_all_nights("show", SEED, WITH_RESULTS, "NCT03641872", "--html").out)
    with open_browser() as driver:
        feature = {"name": "prefers-color-scheme", "value": scheme}
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        driver.get(file.as_uri())
        driver.execute_script(
            "for (const part of document.querySelectorAll('details')) part.open = arguments[0]", is_open
        )
        assert find_violations(driver) == []
        assert driver.execute_script("return document.documentElement.scrollWidth") == width


def test_paper_has_every_part(aclf_after_all_nights, tmp_path):
    """Printed, a part shows what is in it although it is folded on the screen."""
    file = tmp_path / "page.html"
    file.write_text(aclf_after_all_nights("show", SEED, "--html").out)
    is_shown = "return document.querySelector('.more ul').checkVisibility()"
    with open_browser() as driver:
        driver.get(file.as_uri())
        assert driver.execute_script(is_shown) is False
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        assert driver.execute_script(is_shown) is True
