"""SQL in a record is only text: in a value, a code, a key or a number."""

from __future__ import annotations

import orjson
import pytest

from tests.support import faults
from tests.support.warehouses import make_member_study, with_value

INJECTIONS = ["NCT1'; drop table study;--", '"; drop table main.trials; --', "$1 ' \" \\ {} %s ?", "''); attach 'x';"]
SEVEN = "NCT00000007"


@pytest.mark.quick(2)
@pytest.mark.fault(52)
@pytest.mark.parametrize("text", INJECTIONS)
def test_sql_in_a_record_is_text(warehouse, text):
    """SQL in a title, a condition, a date, an alias and an unknown key is kept as text and never runs."""
    study = make_member_study(7, title=text, conditions=["Made disease", text], aliases=[text])
    study = with_value(study, "protocolSection.statusModule.startDateStruct", {"date": text})
    study["protocolSection"]["statusModule"][text] = {text: text}
    warehouse.serve(*(make_member_study(number) for number in range(1, 6)), study)
    assert warehouse.sync()["inserted"] == 6
    query = "select brief_title, list_contains(conditions, $2), start_date_raw from trials where nct_id = $1"
    assert warehouse.rows(query, SEVEN, text) == [(text, True, text)]
    assert warehouse.rows("select raw_value from ops.problems") == [(text,)]
    assert warehouse.rows("select path from ops.drift where kind = 'key'") == [
        (f"protocolSection.statusModule.{text}",)
    ]
    assert warehouse.rows("select count(*) from trials") == [(6,)]


@pytest.mark.quick(2)
@pytest.mark.fault(52)
@pytest.mark.parametrize("text", INJECTIONS)
def test_sql_instead_of_a_number_is_quarantined(warehouse, text):
    """A record with SQL in place of its NCT number is quarantined, and a sync asks for the trial again, alone."""
    warehouse.serve(*(make_member_study(number) for number in range(1, 6)), make_member_study(7))

    def replace_number(body):
        return body.replace(b'"NCT00000007"', orjson.dumps(text))

    summary = warehouse.sync(faults.edited_answer(replace_number))
    assert (summary["inserted"], summary["quarantined"]) == (6, 1)
    ((nct_id, raw),) = warehouse.rows("select nct_id, decode(raw) from ops.quarantine")
    assert (nct_id, orjson.loads(raw)) == (
        None,
        with_value(make_member_study(7), "protocolSection.identificationModule.nctId", text),
    )


@pytest.mark.fault(52)
def test_sql_in_a_version_is_text(warehouse):
    """SQL and a path in the registry's version of its data are kept as text, and name no file."""
    text = "../../'; drop table ops.runs; --"
    warehouse.serve(make_member_study(1), data_timestamp=text)
    assert warehouse.sync()["data_timestamp"] == text
    assert warehouse.rows("select data_timestamp from ops.runs") == [(text,)]


@pytest.mark.fault(54)
def test_only_numbers_and_digests_name_files(warehouse):
    """A run writes no file outside its folder, and none with a name from the registry, for any version or number."""
    before = {path for path in warehouse.folder.parent.rglob("*") if warehouse.folder not in path.parents}
    warehouse.serve(make_member_study(1), make_member_study(7, aliases=["../../../x"]), data_timestamp="../../../x")
    moved = faults.edited_answer(lambda body: body.replace(b'"NCT00000007"', b'"../../../../x"'))
    assert warehouse.sync(moved, moved)["inserted"] == 1
    assert {path for path in warehouse.folder.parent.rglob("*") if warehouse.folder not in path.parents} == before
    assert not [path for path in warehouse.folder.rglob("*x*") if path.name == "x"]
