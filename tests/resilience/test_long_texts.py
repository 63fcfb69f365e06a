"""A record of any length and in any script is loaded whole, to the letter."""

from __future__ import annotations

import pytest

from tests.support.warehouses import make_member_study, with_value

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
    """A trial with ten thousand sites, conditions and keywords loads with a row for each, in their order."""
    names = [f"Made disease {number}" for number in range(MANY)]
    study = make_member_study(1, conditions=names, keywords=names)
    study = with_value(study, CONTACTS, [{"facility": f"Site {number}", "city": "Oslo"} for number in range(MANY)])
    warehouse.serve(study)
    summary = warehouse.sync()
    assert (summary["inserted"], summary["quarantined"], summary["problems"]) == (1, 0, 0)
    assert warehouse.rows("select site_count, len(conditions), len(keywords) from trials") == [(MANY, MANY, MANY)]
    for table in ("facilities", "conditions", "keywords"):
        assert warehouse.rows(f"select count(*), count(distinct name) from ctgov.{table}") == [(MANY, MANY)], table
    query = "select name from ctgov.facilities order by id"
    assert warehouse.rows(query) == [(f"Site {number}",) for number in range(MANY)]
    assert warehouse.rows("select conditions[1], conditions[-1] from trials") == [(names[0], names[-1])]


@pytest.mark.fault(58)
def test_every_text_comes_out_as_it_went_in(warehouse):
    """Emoji, right-to-left text, combining marks, HTML and 40 kB of text are kept in titles, texts, lists, records."""
    studies = [
        with_value(
            make_member_study(number, title=text, conditions=["Made disease", text], keywords=[text]), SUMMARY, text
        )
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
def test_the_same_texts_are_not_a_change(warehouse):
    """On the next night, with the same texts, nothing has changed."""
    studies = [make_member_study(number, title=text, keywords=[text]) for number, text in enumerate(TEXTS.values(), 1)]
    warehouse.serve(*studies)
    warehouse.sync()
    warehouse.serve(*studies)
    assert warehouse.sync(full=True)["outcome"] == "unchanged"
