"""Whatever comes in, it is read, refused by an error of ours or set aside: no crash, no hang, no other error.

The cases are made up: by Hypothesis where there is a grammar, by mutation of real-shaped documents where there is none.
`make test` tries some hundreds of each kind, `make test-all` a hundred thousand.
`python -m tests.resilience.hostile.fuzz` gives the same targets to atheris.
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
TEXT_OF_A_COLUMN = st.text(st.characters(codec="utf-8"), max_size=20)
TOML_VALUE = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.floats(), st.dates(), st.sampled_from(["NCT00000001", "D065290", ""]))
    | TEXT_OF_A_COLUMN,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(TEXT_OF_A_COLUMN, below, max_size=2),
    max_leaves=6,
)
TOML_KEY = TEXT_OF_A_COLUMN | st.sampled_from(
    ["name", "title", "search", "advanced", "mesh_ids", "include", "exclude", "minimum_trials"]
)


def as_toml(value: object) -> str:
    """A value as TOML has it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{as_toml(key)} = {as_toml(member)}" for key, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    return orjson.dumps(value).decode() if isinstance(value, str | bool) else str(value)


@given(ANY_TEXT)
@settings(max_examples=FEW)
def test_any_text_is_an_nct_number_or_refused(text):
    """Whatever the text, half characters too, it is a number or refused in one line of ASCII (faults 52 to 55)."""
    targets.an_id(text)


@given(st.lists(TEXT_OF_A_COLUMN | st.dates().map(str), min_size=1, max_size=20))
@settings(max_examples=FEW // 10)
def test_any_text_is_a_date_or_has_a_reason(texts):
    """Whatever the text, it is a date that reads back from its own wording, or has a reason (faults 25 to 27)."""
    targets.some_dates(texts)


@given(st.dictionaries(TOML_KEY, TOML_VALUE, max_size=6))
@settings(max_examples=FEW // 3, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_toml_is_a_condition_set_or_refused(tmp_path, content):
    """Whatever a TOML file holds, it is a set that can be used or refused in one printable line."""
    lines = [f"{as_toml(key)} = {as_toml(value)}" for key, value in content.items()]
    targets.a_condition_set("\n".join(lines).encode(), tmp_path / "x.toml")


def tried(kind, folder, cases):
    """Tries so many cases of a kind; a failure names the seed that makes its case again."""
    for case in range(-(-cases // AT_ONCE.get(kind, 1))):
        try:
            KINDS[kind](Random(f"{SEED} {case}"), folder)
        except Exception as error:
            error.add_note(f"KINDS[{kind!r}](Random('{SEED} {case}'), folder)")
            raise


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_input_is_read_or_refused(tmp_path, kind):
    """Some hundreds of cases of each kind end in an answer, an error of ours, or a record set aside."""
    tried(kind, tmp_path, FEW)


def test_hostile_records_load_or_are_set_aside(tmp_path):
    """Each of some hundred hostile records and their next versions is held or set aside, and breaks no check."""
    loads = Loads(tmp_path)
    for case in range(2):
        loads.load(Random(f"{SEED} {case}"), RECORDS_AT_ONCE)
    assert loads.loaded > RECORDS_AT_ONCE


@pytest.mark.slow
@pytest.mark.timeout(HOURS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_hundred_thousand_cases_are_read_or_refused(tmp_path, kind):
    """The same of a hundred thousand cases of each kind."""
    tried(kind, tmp_path, MANY)


@pytest.mark.slow
@pytest.mark.timeout(HOURS)
def test_many_loads_of_hostile_records(tmp_path):
    """The same of many loads, one upon the other: each brings new versions of what the others have left."""
    loads = Loads(tmp_path)
    for case in range(MANY_LOADS):
        loads.load(Random(f"{SEED} {case}"), RECORDS_AT_ONCE)
    assert loads.loaded > MANY_LOADS * RECORDS_AT_ONCE / 2
