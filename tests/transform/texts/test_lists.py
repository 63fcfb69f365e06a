"""The values of a key are one list, in their order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from transform.texts.lists import collect_lists


@given(st.lists(st.tuples(st.integers(0, 5), st.text(max_size=2))))
def test_every_value_is_in_the_list_of_its_key(pairs):
    """Keys are sorted, and a key without values is not there."""
    found = collect_lists([value for _, value in pairs], [key for key, _ in pairs])
    expected = {key: [value for each, value in pairs if each == key] for key in sorted({key for key, _ in pairs})}
    assert found.to_dict() == expected
    assert list(found.index) == list(expected)
