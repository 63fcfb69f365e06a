"""A statement that PostgreSQL refuses is refused with --aact, although the parser would repair it in silence."""

from __future__ import annotations

import pytest

from tests.support.folders import DATA
from warehouse.aact.asking import SESSION, run_aact_query
from warehouse.connect import open_read_only
from warehouse.errors import BadQuery

REFUSED = (DATA / "aact_refused.sql").read_text().splitlines()
READ = [
    "select count(*) from studies s left join (conditions c join keywords k using (nct_id)) on s.nct_id = c.nct_id",
    "select count(*) from studies natural left join conditions cross join keywords, interventions",
    "select count(*) from studies s join conditions c join keywords k on c.nct_id = k.nct_id on s.nct_id = c.nct_id",
    "(select nct_id from studies limit 1) union all (select nct_id from conditions limit 1) order by 1 limit 3",
    "select trim(both ' ' from ' x '), extract(year from date '2020-01-01'), position('a' in 'ba')",
    "select from_date, limit_n from (select 1 as from_date, 2 as limit_n) t order by from_date, limit_n",
    'select 1 as "from", x.order, 2 as where from (select 3 as "order") x',
    "select nct_id from studies offset 1 rows fetch next 2 rows only",
    "select nct_id from studies where phase is distinct from 'x' order by nct_id nulls first offset 1 limit 2",
    "select array[[1, 2], [3, 4]], (array[1, 2, 3])[2:3], 3 * replace('12', '1', '2')::int",
    "select * from unnest(array['a', 'b']) with ordinality as t(x, n)",
    "with recursive n(i) as (select 1 union all select i + 1 from n where i < 3) select * from n",
    "select rank() over w from studies window w as (partition by phase order by nct_id) order by 1",
    "select 'one'\n'two' as joined, ', from' as text, 'where' -- group by where\n from studies",
]


@pytest.fixture(scope="module")
def connection(aact_warehouse):
    """The connection of `aclf query --aact` to the warehouse of the golden studies."""
    with open_read_only(aact_warehouse.path, SESSION) as opened:
        yield opened


@pytest.mark.parametrize("statement", REFUSED)
def test_statement_that_postgres_refuses_is_refused(connection, statement):
    """Clauses out of order or doubled, commas too many, missing words and other databases' forms have no answer."""
    with pytest.raises(BadQuery):
        run_aact_query(connection, statement)


def test_postgres_refuses_them_too(postgres):
    """A real PostgreSQL refuses each of these statements; skipped where none is installed."""
    assert [statement for statement in REFUSED if not postgres.refuses(statement)] == []


@pytest.mark.parametrize("statement", READ)
def test_statement_that_only_looks_wrong_is_read(connection, statement):
    """Words of clauses as names, in calls and in comparisons, nested joins and brackets are no faults."""
    assert run_aact_query(connection, statement)[0]


def test_refusal_names_the_place_and_the_order(connection):
    """The message has PostgreSQL's words, and the order in which clauses are written."""
    with pytest.raises(BadQuery, match=r'syntax error at or near "where".*select, from, where, group by'):
        run_aact_query(connection, "select phase, count(*) from studies group by phase where phase is not null")
