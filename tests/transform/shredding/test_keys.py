"""Values become numbers, and the numbers of a row one key, which is equal exactly where all values are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from transform.shredding.keys import NONE, combine_keys, encode_together, find_first

SMALL = st.integers(-1, 3)
# Three such columns have more combinations than 64 bits can number.
LARGE = st.sampled_from([NONE, 0, 1, 2**22, 2**30 - 1, 2**30])


def find_by_hand(known, wanted):
    """Return for each wanted row the index of the first equal known row; -1 for none, or for a row with a NULL."""
    return [known.index(row) if row in known and NONE not in row else NONE for row in wanted]


def split_columns(known, wanted, width):
    """Return the columns of known and wanted rows, side by side."""
    sides = [np.array(rows, np.int64).reshape(len(rows), width) for rows in (known, wanted)]
    return [(sides[0][:, column], sides[1][:, column]) for column in range(width)]


@given(data=st.data(), numbers=st.sampled_from([SMALL, LARGE]), width=st.integers(1, 4))
def test_first_equal_row_is_found(data, numbers, width):
    """The first known row with all the wanted values is found, however large the numbers are."""
    rows = st.lists(st.tuples(*[numbers] * width), max_size=8)
    known, wanted = data.draw(rows), data.draw(rows)
    found = find_first(*combine_keys(split_columns(known, wanted, width)))
    assert found.tolist() == find_by_hand(known, wanted)


def test_large_numbers_are_told_apart():
    """Keys whose product wraps around in 64 bits are still different."""
    known, wanted = [(0, 2**32, 0), (1, 0, 2**32)], [(1, 0, 2**32), (2**32, 0, 0), (0, 2**32, 0), (2**32, 2**32, 2**32)]
    found = find_first(*combine_keys(split_columns(known, wanted, 3)))
    assert found.tolist() == [1, NONE, 0, NONE]


@given(st.lists(st.lists(st.none() | st.sampled_from(["a", "b", "", "é"]), max_size=5), min_size=1, max_size=3))
def test_equal_values_have_one_number(columns):
    """Equal values have one number in all arrays, plain or coded, and NULL is `NONE`."""
    arrays = [pa.array(column, pa.string()) for column in columns]
    coded = [array.dictionary_encode() if number % 2 else array for number, array in enumerate(arrays)]
    pairs = [
        *zip(
            [value for column in columns for value in column],
            np.concatenate(encode_together(coded)).tolist(),
            strict=True,
        )
    ]
    assert [len(numbers) for numbers in encode_together(coded)] == [len(column) for column in columns]
    assert all((value is None) == (number == NONE) for value, number in pairs)
    assert len({number for _, number in pairs}) == len({value for value, _ in pairs}) == len(set(pairs))
