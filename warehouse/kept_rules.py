"""The rules that a warehouse reads its texts with: which files they come from, and the table `main.rules`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from transform.rules.files import RuleFile, parse_rules
from transform.rules.model import Rule
from warehouse.bound_values import write_literal
from warehouse.connect import fetch_dicts
from warehouse.sql.files import read_sql, run_statements
from warehouse.store_facts import RULES_FACT, read_store_facts, set_store_fact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

_DEFAULT = (RuleFile("aclf", None),)
"""The rules of a store that no sync has given any: those of the condition set that ships."""


def read_kept_rule_files(connection: DuckDBPyConnection) -> tuple[RuleFile, ...]:
    """Return the files of rules that the store's tables are made with; what ships is only named."""
    kept = read_store_facts(connection).get(RULES_FACT)
    return _DEFAULT if kept is None else tuple(RuleFile(**file) for file in json.loads(kept))


def keep_rule_files(connection: DuckDBPyConnection, rule_files: Sequence[RuleFile]) -> None:
    """Keep the files of rules, and fill `main.rules` from them; no other table is made again here."""
    set_store_fact(connection, RULES_FACT, json.dumps([asdict(file) for file in rule_files]))
    connection.execute("delete from main.rules")
    _insert_rules(connection)


def create_rules_table(connection: DuckDBPyConnection) -> None:
    """Create `main.rules`, and fill it from the files that the store keeps."""
    run_statements(connection, "create_rules")
    _insert_rules(connection)


def read_rules(connection: DuckDBPyConnection) -> tuple[Rule, ...]:
    """Return the rules of `main.rules`, in their order. They have no examples."""
    rows = fetch_dicts(connection, read_sql("statements", "rules"))
    return tuple(Rule(**{name: _freeze(value) for name, value in row.items()}) for row in rows)


def _insert_rules(connection: DuckDBPyConnection) -> None:
    rules = parse_rules(read_kept_rule_files(connection))
    if rules:
        rows = ", ".join(f"({position}, {_format_rule(rule)})" for position, rule in enumerate(rules, 1))
        connection.execute(f"insert into main.rules values {rows}")


def _format_rule(rule: Rule) -> str:
    """Return a rule as the values of a row, in the order of the columns; a text that is not given becomes NULL."""
    meaning = (
        rule.kind,
        rule.name,
        rule.concept or None,
        rule.value,
        rule.words,
        rule.pass_over,
        rule.alone,
        rule.unit,
    )
    units = ", ".join(f"{write_literal(unit)}: {write_literal(size)}" for unit, size in rule.units.items())
    rest = (rule.minimum, rule.maximum, rule.source or None, rule.file, rule.version)
    return ", ".join([*map(write_literal, meaning), f"map {{{units}}}", *map(write_literal, rest)])


def _freeze(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
