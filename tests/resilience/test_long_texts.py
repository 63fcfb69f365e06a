"""A record of any length and in any writing is loaded whole, to the letter."""

from __future__ import annotations

import pytest

from tests.support.warehouses import ill, put

MANY = 10_000
CONTACTS = "protocolSection.contactsLocationsModule.locations"
TITLE = "protocolSection.identificationModule.briefTitle"
SUMMARY = "protocolSection.descriptionModule.briefSummary"
TEXTS = {
    "emoji": "Made disease 🫀👩🏽‍⚕️🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    "right to left": "مرض \u202bمصنوع\u202c \u2067of the liver\u2069 מחלה",
    "combining marks": "e\u0301 é Z\u0351\u036b\u0343a\u0363l\u0348g\u0324o n\u0303",
    "HTML": "<script>alert('x')</script> &lt;b&gt; &amp;amp; <!-- -- /* ${x} {{x}} %s %00",
    "white space": " \t made\u00a0\u2003disease\r\n\n ",
    "quotes": "'; drop table trials; -- \" \\' \\\\ `x` $1 ?",
    "40 kB": "Made disease is long. " * 1900,
}


@pytest.mark.slow
@pytest.mark.fault(49)
def test_ten_thousand_sites_and_conditions_load(warehouse):
    """One trial with ten thousand sites, as many conditions and keywords: every one is a row, in its order."""
    names = [f"Made disease {number}" for number in range(MANY)]
    study = ill(1, conditions=names, keywords=names)
    study = put(study, CONTACTS, [{"facility": f"Site {number}", "city": "Oslo"} for number in range(MANY)])
    warehouse.serve(study)
    report = warehouse.sync()
    assert (report["inserted"], report["quarantined"], report["problems"]) == (1, 0, 0)
    assert warehouse.rows("select site_count, len(conditions), len(keywords) from trials") == [(MANY, MANY, MANY)]
    for table in ("facilities", "conditions", "keywords"):
        assert warehouse.rows(f"select count(*), count(distinct name) from ctgov.{table}") == [(MANY, MANY)], table
    query = "select name from ctgov.facilities order by id"
    assert warehouse.rows(query) == [(f"Site {number}",) for number in range(MANY)]
    assert warehouse.rows("select conditions[1], conditions[-1] from trials") == [(names[0], names[-1])]


@pytest.mark.fault(58)
def test_every_writing_comes_out_as_it_went_in(warehouse):
    """Emoji, right-to-left text, combining marks, HTML and 40 kB of text, in titles, texts, lists and the record."""
    studies = [
        put(ill(number, title=text, conditions=["Made disease", text], keywords=[text]), SUMMARY, text)
        for number, text in enumerate(TEXTS.values(), 1)
    ]
    warehouse.serve(*studies)
    assert warehouse.sync()["problems"] == 0
    assert warehouse.rows(
        "select brief_title, brief_summary, conditions[2], keywords[1] from trials order by nct_id"
    ) == [(text,) * 4 for text in TEXTS.values()]
    summaries = "select description from ctgov.brief_summaries order by nct_id"
    titles = "select document->>'$.protocolSection.identificationModule.briefTitle' from raw.studies order by nct_id"
    for query in (summaries, titles, "select name from ctgov.keywords order by nct_id"):
        assert warehouse.rows(query) == [(text,) for text in TEXTS.values()]


@pytest.mark.fault(58)
def test_what_came_out_is_no_change_when_it_comes_again(warehouse):
    """The next night, with the same texts, nothing has changed."""
    studies = [ill(number, title=text, keywords=[text]) for number, text in enumerate(TEXTS.values(), 1)]
    warehouse.serve(*studies)
    warehouse.sync()
    warehouse.serve(*studies)
    assert warehouse.sync(full=True)["outcome"] == "unchanged"
