"""Find rows by the values of several columns: each value becomes a number, and the numbers of a row one key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from transform.shredding.levels import Indices

NONE = -1
"""The number of NULL, and the key of a row that has a NULL. It is equal to nothing."""

_MOST_KEYS = 2**62
"""Keys beyond this could not be told apart in 64 bits."""


def decode(values: pa.Array) -> pa.Array:
    """Return the texts of a dictionary array; other arrays as they are."""
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values


def encode_together(arrays: Sequence[pa.Array]) -> list[Indices]:
    """Return the arrays' values as small numbers: equal values have one number in all of them, and NULL is `NONE`."""
    coded = pa.concat_arrays([decode(array) for array in arrays]).dictionary_encode()
    numbers = np.asarray(pc.fill_null(coded.indices, NONE)).astype(np.int64)
    return np.split(numbers, np.cumsum([len(array) for array in arrays])[:-1])


def combine_keys(columns: Sequence[tuple[Indices, Indices]]) -> tuple[Indices, Indices]:
    """Combine the numbers of several columns into one key per row.

    Args:
        columns: the numbers of each column, of the known rows and of the wanted ones. Numbers are small: indices, or
            those of `encode_together`.

    Returns:
        The keys of the known rows and of the wanted ones; `NONE` for a row with a NULL.
    """
    known, wanted = (np.zeros(len(side), np.int64) for side in columns[0])
    is_known_null, is_wanted_null = known < 0, wanted < 0
    key_count = 1
    for known_numbers, wanted_numbers in columns:
        size = 1 + int(max(known_numbers.max(initial=0), wanted_numbers.max(initial=0)))
        key_count *= size
        if key_count > _MOST_KEYS:
            # Number the keys so far without gaps: there are at most as many as rows.
            known, wanted = _renumber(known, wanted)
            key_count = (len(known) + len(wanted)) * size
        known, wanted = known * size + known_numbers, wanted * size + wanted_numbers
        is_known_null |= known_numbers < 0
        is_wanted_null |= wanted_numbers < 0
    return np.where(is_known_null, NONE, known), np.where(is_wanted_null, NONE, wanted)


def _renumber(known: Indices, wanted: Indices) -> tuple[Indices, Indices]:
    """Return the keys as numbers from 0 without gaps: equal keys have one number on both sides."""
    _, numbers = np.unique(np.concatenate([known, wanted]), return_inverse=True)
    return numbers[: len(known)], numbers[len(known) :]


def find_first(known: Indices, wanted: Indices) -> Indices:
    """Return for each wanted key the index of the first known row that has it; `NONE` if there is none."""
    if not len(known):
        return np.full(len(wanted), NONE)
    order = np.argsort(known, kind="stable")
    ordered = known[order]
    indices = np.minimum(np.searchsorted(ordered, wanted), len(known) - 1)
    return np.where((ordered[indices] == wanted) & (wanted != NONE), order[indices], NONE)
