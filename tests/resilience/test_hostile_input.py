"""Hostile input is read, refused by an error of this project, or quarantined: no crash, no hang, no other error.

Hypothesis makes the cases where there is a grammar; elsewhere they are mutations of documents with a real shape.
`make test` tries some hundreds of cases of each kind, `make test-all` a hundred thousand.
`python -m tests.resilience.hostile.fuzz` runs atheris on the same targets.
"""

from __future__ import annotations

import os
from random import Random

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.resilience.hostile import targets
from tests.resilience.hostile.kinds import AT_ONCE, KINDS
from tests.resilience.hostile.loads import Loads

FEW, MANY = 300, 100_000
RECORDS_AT_ONCE, MANY_LOADS = 200, 150
SEED = int(os.environ.get("ACLF_FUZZ_SEED", "1"))
HOURS = 3 * 3600

ANY_TEXT = st.text(st.characters(codec=None), max_size=40)
COLUMN_TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
TOML_VALUE = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.floats(), st.dates(), st.sampled_from(["NCT00000001", "D065290", ""]))
    | COLUMN_TEXT,
    lambda members: st.lists(members, max_size=3) | st.dictionaries(COLUMN_TEXT, members, max_size=2),
    max_leaves=6,
)
TOML_KEY = COLUMN_TEXT | st.sampled_from(
    ["name", "title", "search", "advanced", "mesh_ids", "include", "exclude", "minimum_trials"]
)


def format_toml(value: object) -> str:
    """Return a value as TOML writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{format_toml(key)} = {format_toml(member)}" for key, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(format_toml, value)) + "]"
    return orjson.dumps(value).decode() if isinstance(value, str | bool) else str(value)


@given(ANY_TEXT)
@settings(max_examples=FEW)
def test_any_text_is_an_nct_number_or_refused(text):
    """Any text, also with half characters, is an NCT number or is refused in one line (faults 52 to 55)."""
    targets.check_nct_id(text)


@given(st.lists(COLUMN_TEXT | st.dates().map(str), min_size=1, max_size=20))
@settings(max_examples=FEW // 10)
def test_any_text_is_a_date_or_has_a_reason(texts):
    """Any text is a date, which is read the same again from its own form, or has a reason (faults 25 to 27)."""
    targets.check_dates(texts)


@given(st.dictionaries(TOML_KEY, TOML_VALUE, max_size=6))
@settings(max_examples=FEW // 3, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_toml_is_a_condition_set_or_refused(tmp_path, content):
    """Any TOML file is a condition set that can be used, or is refused in one printable line."""
    lines = [f"{format_toml(key)} = {format_toml(value)}" for key, value in content.items()]
    targets.check_condition_set("\n".join(lines).encode(), tmp_path / "x.toml")


def try_cases(kind, folder, cases):
    """Try this number of cases of a kind; a failure names the call that makes its case again."""
    for case in range(-(-cases // AT_ONCE.get(kind, 1))):
        try:
            KINDS[kind](Random(f"{SEED} {case}"), folder)
        except Exception as error:
            error.add_note(f"KINDS[{kind!r}](Random('{SEED} {case}'), folder)")
            raise


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_input_is_read_or_refused(tmp_path, kind):
    """Some hundreds of cases of each kind end in an answer, an error of this project, or a quarantined record."""
    try_cases(kind, tmp_path, FEW)


def test_hostile_records_load_or_are_quarantined(tmp_path):
    """Some hundred hostile records and their next versions are each loaded or quarantined, and break no check."""
    loads = Loads(tmp_path)
    for case in range(2):
        loads.load(Random(f"{SEED} {case}"), RECORDS_AT_ONCE)
    assert loads.loaded > RECORDS_AT_ONCE


@pytest.mark.slow
@pytest.mark.timeout(HOURS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_hundred_thousand_cases_are_read_or_refused(tmp_path, kind):
    """A hundred thousand cases of each kind end in the same ways."""
    try_cases(kind, tmp_path, MANY)


@pytest.mark.slow
@pytest.mark.timeout(HOURS)
def test_many_loads_of_hostile_records_break_no_check(tmp_path):
    """Many loads into one store break no check; each brings new versions of records that the others have loaded."""
    loads = Loads(tmp_path)
    for case in range(MANY_LOADS):
        loads.load(Random(f"{SEED} {case}"), RECORDS_AT_ONCE)
    assert loads.loaded > MANY_LOADS * RECORDS_AT_ONCE / 2
