"""The report is one file that needs nothing else, and is accessible to all readers."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256

import pytest

from flows.pages.report import write_report
from tests.support.folders import ROOT
from tests.support.html_page import HtmlPage
from tests.support.warehouses import make_member_study, with_value

LARGE = 400
TEMPLATES = ROOT / "flows" / "pages" / "templates"
BARS = ("open", "planned", "active", "completed", "stopped", "unknown", "actual", "estimated", "posted", "overdue")


@pytest.fixture(scope="module")
def page(aclf_after_both_nights, tmp_path_factory):
    """Return the report of the sample's two nights."""
    return write_page(aclf_after_both_nights.warehouse, tmp_path_factory.mktemp("report") / "report.html")


def write_page(warehouse, file):
    """Write the report of a warehouse to a file, and return it."""
    write_report(warehouse, file)
    return HtmlPage(file.read_text())


def test_the_page_needs_nothing_else(page):
    """The page has only links to trials at the registry and to contacts; it loads and sends nothing."""
    links = {attributes["href"] for attributes in page.all("a") if not attributes["href"].startswith(("#", "mailto:"))}
    assert links
    assert all(re.fullmatch(r"https://clinicaltrials\.gov/study/NCT\d{8}", link) for link in links)
    without = re.sub(r"https://clinicaltrials\.gov/study/NCT\d{8}", "", page.source)
    assert not re.search(r"https?://|url\(|@import", without)
    loaded = {"src", "srcset", "action", "formaction", "data", "poster", "xlink:href", "style", "background"}
    assert not loaded & {name for _, attributes in page.tags for name in attributes}
    assert not {tag for tag, _ in page.tags} & {"link", "iframe", "object", "embed", "base", "image", "use"}
    # The second script is data, which no browser runs.
    assert [script["type"] for script in page.all("script")] == ["application/octet-stream", "module"]


def test_the_policy_allows_only_its_own_style_and_script(page):
    """The content security policy names the digests of the one style and the one script, and refuses the rest."""
    (policy,) = [meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    for tag, opening in (("style", "<style>"), ("script", '<script type="module">')):
        (text,) = re.findall(rf"{opening}(.*?)</{tag}>", page.source, re.DOTALL)
        assert f"{tag}-src 'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


def test_every_id_is_given_once(page):
    """A link and a label lead to one element each."""
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_every_chart_is_named_and_has_its_table(page):
    """Each drawing has a name and a sentence for a screen reader, and a table beside it."""
    drawings = page.all("svg")
    assert len(drawings) == 6
    ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    for drawing in drawings:
        assert drawing["role"] == "img"
        assert set(drawing["aria-labelledby"].split()) <= ids
    assert not [tag for tag, attributes in page.tags if attributes.get("role", "").startswith("graphics-")]
    assert page.text.count("As a table") + page.text.count("Towns of all trials as a table") == len(drawings)


def read_colours():
    """Return the colour variables of the style sheets, in light and in dark."""
    sheets = [(TEMPLATES / name).read_text() for name in ("trial.css", "report.css")]
    parts = [re.findall(r":root \{(.*?)\}", sheet, re.DOTALL)[:2] for sheet in sheets]
    return [dict(re.findall(r"--([a-z_-]+): (#[0-9a-f]{3,6});", " ".join(mode))) for mode in zip(*parts, strict=True)]


def calculate_luminance(colour):
    """Return the relative luminance, as WCAG 2 defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = (int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def calculate_contrast(colour, ground):
    """Return the contrast ratio of WCAG 2, from 1 to 21."""
    lighter, darker = sorted((calculate_luminance(colour), calculate_luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_colours_have_contrast(mode):
    """Text has 4.5 to 1 on both backgrounds, and a drawing has 3 to 1 on its card, in light and in dark."""
    shown = read_colours()[mode]
    for text in ("ink", "soft", "link", "accent"):
        for ground in ("card", "desk"):
            assert calculate_contrast(shown[text], shown[ground]) >= 4.5, (text, ground)
    for bar in (*BARS, "unconfirmed", "unspecified", "expanded_access", "withheld", "not_known"):
        assert calculate_contrast(shown[bar], shown["card"]) >= 3, bar


def test_four_hundred_trials_are_a_page_of_some_megabytes(make_warehouse, tmp_path):
    """A set of 400 trials, each with two pages of text, is a file below 6 MB, which can be mailed."""
    warehouse = make_warehouse()
    text = {"briefSummary": "A summary of the trial. " * 40, "detailedDescription": "What is done, and how. " * 100}
    studies = [make_member_study(number) for number in range(1, LARGE + 1)]
    warehouse.serve(*(with_value(study, "protocolSection.descriptionModule", text) for study in studies))
    warehouse.sync()
    written = write_report(warehouse.path, tmp_path / "report.html")
    assert written["trials"] == LARGE
    assert 400 * 3_000 < written["bytes"] < 6_000_000


def test_the_same_warehouse_gives_the_same_page(aclf_after_both_nights, page, tmp_path):
    """The page depends only on the warehouse: a second page is the same, byte for byte."""
    assert write_page(aclf_after_both_nights.warehouse, tmp_path / "again.html").source == page.source
