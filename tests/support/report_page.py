"""Drive the report in a real browser, as a reader does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PHONE, DESK = 390, 1400
_LONGEST_SECONDS = 30


class ReportPage:
    """The report in a browser; `file` is the page on disk."""

    def __init__(self, driver: Any, file: Path) -> None:
        self.driver = driver
        self.file = file

    def open(self, at: str = "", *, width: int = DESK, mode: str = "light") -> ReportPage:
        """Open the page with a fragment of its address, and wait until its script has made it a tool."""
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < DESK}
        features = [
            {"name": "prefers-color-scheme", "value": mode},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features, "media": ""})
        self.driver.get("about:blank")
        self.driver.get(self.file.as_uri() + (f"#{at}" if at else ""))
        return self.wait_for_script()

    def wait_for_script(self) -> ReportPage:
        """Wait until the script has made the page a tool."""
        self.wait(lambda: self.find_one(".finder").is_displayed())
        return self

    def wait(self, is_done: Callable[[], Any]) -> Any:
        """Wait until something is true, and return it."""
        ui = pytest.importorskip("selenium.webdriver.support.ui")
        return ui.WebDriverWait(self.driver, _LONGEST_SECONDS, poll_frequency=0.05).until(lambda _: is_done())

    def find_one(self, selector: str) -> Any:
        """Return the only element that matches."""
        (element,) = self.driver.find_elements("css selector", selector)
        return element

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a script in the page."""
        return self.driver.execute_script(script, *arguments)

    def list_shown(self) -> list[str]:
        """Return the NCT numbers of the visible rows of the table, in their order."""
        found: list[str] = self.run(
            "return [...document.querySelectorAll('#table tbody tr')].filter(row => row.offsetParent !== null)"
            ".map(row => row.querySelector('small').textContent.match(/NCT\\d{8}/)[0])"
        )
        return found

    def list_choices(self, name: str) -> dict[str, int]:
        """Return the values of a filter, each with the number of trials beside it."""
        found = self.run(
            "return [...document.querySelectorAll(`[data-filter=${arguments[0]}] input`)]"
            ".map(box => [box.value, Number(box.parentElement.lastElementChild.textContent.replace(',', ''))])",
            name,
        )
        return dict(found)

    def list_chosen(self) -> list[tuple[str, str]]:
        """Return the filter and the value of each choice that is checked."""
        found = self.run("return [...document.querySelectorAll('.finder :checked')].map(box => [box.name, box.value])")
        return [(name, value) for name, value in found]

    def choose(self, name: str, *values: str) -> None:
        """Open a filter and click choices."""
        self.find_one(f"[data-filter={name}] > summary").click()
        for value in values:
            self.find_one(f"[data-filter={name}] input[value='{value}']").click()

    def search(self, words: str) -> None:
        """Type words, and wait until the address has them: then the table shows them too."""
        field = self.find_one(".finder [name=words]")
        # Control and A, then Delete: what a reader does; the driver's own way to clear a field is silent.
        field.send_keys("\ue009a\ue000\ue017", words)
        self.wait(
            lambda: self.run("return new URLSearchParams(location.hash.slice(1)).get('words')") == (words or None)
        )

    def press(self, action: str) -> None:
        """Press a button by its action."""
        self.find_one(f"[data-action={action}]").click()

    @property
    def said(self) -> str:
        """What the page last said to the reader."""
        words: str = self.find_one(".said").text
        return words
