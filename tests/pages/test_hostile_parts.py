"""Whatever a record says, the folded parts of its page show it as text, in every form."""

from __future__ import annotations

import shutil

import duckdb
import pytest
from markdown_it import MarkdownIt

from flows.cli.read_commands import PARTS
from tests.support.command_line import CommandLine
from tests.support.html_page import HtmlPage
from tests.support.page_forms import FORMS, read_text

HOSTILE = "<script>alert('1')</script> & [x](javascript:alert(2)) | `a` \x1b[31mred \u202eback <b>b</b>"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory, first_night_folder):
    """Return the command line of a warehouse in which every text of one trial's parts tries to be more than text."""
    aclf = CommandLine(tmp_path_factory.mktemp("hostile") / "here")
    shutil.copyfile(first_night_folder / "aclf.duckdb", aclf.warehouse)
    texts = {
        "main.criteria": ["text", "heading"],
        "main.outcomes": ["measure", "description", "time_frame"],
        "main.interventions": ["name", "description", "intervention_class"],
        "ctgov.design_groups": ["title", "description", "group_type"],
        "ctgov.facilities": ["name", "city", "country", "status"],
        "ctgov.central_contacts": ["name", "phone", "email"],
        "ctgov.sponsors": ["name", "agency_class"],
    }
    with duckdb.connect(str(aclf.warehouse)) as connection:
        trial = connection.execute(
            "select nct_id from ctgov.facilities group by 1 order by count(*) desc, 1"
        ).fetchone()
        connection.execute(
            "insert into ctgov.study_references (id, nct_id, pmid, citation) values (1, $1, $2, $2)", [*trial, HOSTILE]
        )
        connection.execute(
            "insert into main.trial_changes (nct_id, version, changed_at, path, kind, weight, old_value, new_value) "
            "values ($1, 2, now()::timestamp, 'protocolSection.x', 'changed', 'major', $2, $2)",
            [*trial, HOSTILE],
        )
        for table, columns in texts.items():
            for column in columns:
                connection.execute(f"update {table} set {column} = $2 where nct_id = $1", [*trial, HOSTILE])
    return aclf, trial[0]


@pytest.mark.quick(3)
@pytest.mark.parametrize("part", [part for part in PARTS if part != "results"])
def test_hostile_text_stays_text_in_every_part(hostile, part):
    """No part has an element, a link or a control character of a record, in any form."""
    aclf, trial = hostile
    for form, arguments in FORMS.items():
        out = aclf("show", trial, "--part", part, *arguments).out
        assert [each for each in out if not each.isprintable() and each != "\n"] == []
        assert "<script>alert('1')</script>" in read_text(out, form), form
    page = HtmlPage(aclf("show", trial, "--part", part, "--html").out)
    assert {"script", "b"}.isdisjoint(tag for tag, _ in page.tags)
    rendered = MarkdownIt("commonmark", {"html": True}).enable("table")
    tags = HtmlPage(rendered.render(aclf("show", trial, "--part", part, "--markdown").out))
    assert {"script", "b", "code"}.isdisjoint(tag for tag, _ in tags.tags)
    assert not any("javascript" in attributes.get("href", "") for attributes in [*page.all("a"), *tags.all("a")])
