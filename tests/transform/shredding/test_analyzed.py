"""The number analysed is the first count of the value's group and unit, in the nearest list that is not empty."""

from __future__ import annotations

import duckdb
import orjson
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.shredding import list_rows, make_catalog, make_table, shred_documents
from transform.catalog.model import Column, RowSource
from transform.shredding.parse import parse_documents

ROWS = "measures[].classes[].values[]"
NUMBER = Column(
    "number",
    "How many were analysed.",
    "INTEGER",
    ("@.group", "measures[].unit", "measures[].classes[].denoms[]", "measures[].denoms[]", "denoms[]"),
    "number_analyzed",
)
DENOMS = ("denoms[]", "measures[].denoms[]", "measures[].classes[].denoms[]")
# These columns make the catalog know every path of the denominators.
NAMES = {"units": "units", "group": "counts[].groupId", "value": "counts[].value"}
MORE = {
    f"{name}{number}": (f"{path}.{leaf}", "VARCHAR[]")
    for number, path in enumerate(DENOMS)
    for name, leaf in NAMES.items()
}
CATALOG = make_catalog(make_table(RowSource(ROWS), NUMBER), make_table(RowSource("x"), table_name="all", **MORE))

QUERY = """
with parsed as (select record, row_number() over () as n from records),
measures as (select n, record, unnest(record.measures) as m, generate_subscripts(record.measures, 1) as i from parsed),
classes as (select n, i, record, m, unnest(m.classes) as c, generate_subscripts(m.classes, 1) as j from measures),
found as (select n, i, j, record, m, c, unnest(c.values) as v, generate_subscripts(c.values, 1) as k from classes)
select list_transform(list_filter(flatten(list_transform(
  list_filter(
    case when len(c.denoms) > 0 then c.denoms when len(m.denoms) > 0 then m.denoms else record.denoms end,
    lambda denominator: denominator.units = coalesce(m.unit, 'Participants')
  ),
  lambda denominator: denominator.counts
)), lambda counted: counted.groupId = v."group")[:1],
  lambda counted: case when regexp_full_match(counted.value, '-?[0-9]+') then try_cast(counted.value as integer) end
)[1]
from found where v is not null order by n, i, j, k
"""

UNITS = st.sampled_from([None, "Participants", "Eyes"])
GROUPS = st.sampled_from([None, "G1", "G2"])


def draw_objects(**members):
    """Return a strategy for objects in which any member may be absent, and for null."""
    return st.none() | st.fixed_dictionaries({}, optional=members)


COUNTS = st.lists(
    draw_objects(groupId=GROUPS, value=st.sampled_from([None, "1", "22", "007", "-3", "x", "9" * 12])), max_size=3
)
DENOMINATORS = st.none() | st.lists(draw_objects(units=UNITS, counts=st.none() | COUNTS), max_size=3)
VALUES = st.lists(draw_objects(group=GROUPS), max_size=3)
CLASSES = st.lists(draw_objects(denoms=DENOMINATORS, values=VALUES), max_size=3)
MADE_MEASURES = st.lists(draw_objects(unit=UNITS, denoms=DENOMINATORS, classes=CLASSES), max_size=3)
RECORDS = st.fixed_dictionaries({}, optional={"denoms": DENOMINATORS, "measures": MADE_MEASURES})


def count(*documents):
    """Return the number analysed of each measured value."""
    return [row[2] for row in list_rows(shred_documents(CATALOG, *documents))]


def make_denominators(number, units="Participants", group="G1"):
    """Return a list of denominators with one count."""
    return [{"units": units, "counts": [{"groupId": group, "value": number}]}]


def make_record(own=None, of_measure=None, of_trial=None, unit=None, group="G1"):
    """Return a record with one measured value, and the denominators around it."""
    measure = {"unit": unit, "denoms": of_measure, "classes": [{"denoms": own, "values": [{"group": group}]}]}
    return {"denoms": of_trial, "measures": [measure]}


@pytest.mark.parametrize(
    ("record", "number"),
    [
        (make_record(), None),
        (make_record(make_denominators("1"), make_denominators("2"), make_denominators("3")), 1),
        (make_record([], make_denominators("2"), make_denominators("3")), 2),
        (make_record(None, [], make_denominators("3")), 3),
        (make_record([None], make_denominators("2")), None),
        (make_record(make_denominators("1", "Eyes"), make_denominators("2")), None),
        (make_record(make_denominators("1", "Eyes") + make_denominators("5"), unit="Eyes"), 1),
        (make_record(make_denominators("1", group="G2") + make_denominators("5") + make_denominators("6")), 5),
        (make_record(make_denominators("x") + make_denominators("6")), None),
        (make_record(make_denominators("1"), group=None), None),
        (make_record(make_denominators("1", units=None), unit=None), None),
    ],
)  # fmt: skip
def test_nearest_denominators_decide(record, number):
    """The class's list counts before the measure's, and that before the trial's; a list that is there decides alone."""
    assert count(record) == [number]
    assert count({}, record, make_record(of_trial=make_denominators("9", group="G3"))) == [number, None]


def test_without_any_denominators_nothing_is_counted():
    """Measured values without denominators anywhere have no number."""
    assert count(make_record(), make_record()) == [None, None]


@settings(max_examples=40)
@given(st.lists(RECORDS, min_size=1, max_size=3))
def test_number_is_that_of_the_sql(documents):
    """Any measures give the numbers that DuckDB finds with its list functions."""
    texts = [orjson.dumps(document).decode() for document in documents]
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("records", pa.table({"record": parse_documents(pa.array(texts, pa.string()), CATALOG)}))
        expected = [number for (number,) in connection.execute(QUERY).fetchall()]
    assert count(*documents) == expected
