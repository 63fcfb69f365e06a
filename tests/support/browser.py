"""Open a real browser without a window, where one is installed, and ask it how accessible a page is."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")

needs_browser = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no chromium and chromedriver on the path")


@contextmanager
def open_browser(*arguments: str) -> Iterator[Any]:
    """Open a headless browser with more of its own arguments."""
    webdriver = pytest.importorskip("selenium.webdriver")

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--hide-scrollbars", "--disable-gpu", "--disable-dev-shm-usage", *arguments):
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # it refuses to run as root with one
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER)) as driver:
        yield driver


def find_violations(driver: Any) -> list[str]:
    """Return what axe-core finds wrong on the page that is open: the rule, its help, and the first elements."""
    base = pytest.importorskip("axe_core_python.base")

    driver.execute_script(base.AXE_SCRIPT)
    result = driver.execute_async_script("axe.run(document).then(arguments[0], arguments[0])")
    return [
        f"{found['id']}: {found['help']}: {[node['html'][:120] for node in found['nodes'][:3]]}"
        for found in result["violations"]
    ]
