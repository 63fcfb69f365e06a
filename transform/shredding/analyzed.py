"""How many of a group were analysed: the conversion that looks into lists beside the row.

A measured value belongs to a class, the class to a measure, and the measure to the trial. Each of them may say how many
were analysed, in a list of denominators. The nearest list that is not empty counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transform.shredding.conversions import ONE_VALUE, PARTICIPANTS
from transform.shredding.keys import combine_keys, encode_together, find_first
from transform.shredding.levels import take, take_present

if TYPE_CHECKING:
    from transform.shredding.levels import Indices, Level, Records

NUMBER_ANALYZED = "number_analyzed"
"""The conversion's name in the catalog."""


@dataclass(frozen=True, slots=True)
class _Counts:
    """All counts of one kind of denominators: of classes, of measures or of trials.

    Attributes:
        owners: the index of what each count belongs to, among all classes, measures and trials together.
        units: what each counts.
        groups: the code of the group that it counts.
        numbers: the count, as text.
    """

    owners: Indices
    units: pa.Array
    groups: pa.Array
    numbers: pa.Array


def count_analyzed(records: Records, paths: tuple[str, ...], rows: Level) -> pa.Array:
    """Return, for each measured value, how many of its group were analysed.

    Args:
        records: the records.
        paths: the paths of the value's group, of the measure's unit, and of the lists of denominators: of the class, of
            the measure, of the trial.
        rows: the level of the measured values.

    Returns:
        Whole numbers (int32): the first count of the group whose unit is the measure's; NULL if there is none.
    """
    group_path, unit_path, *denominator_paths = paths
    counts = []
    base = 0
    wanted_owners: Any = np.full(len(rows), -1)
    # From the trial to the class, so that the nearest list that is not empty is the last one to be chosen.
    for path in reversed(denominator_paths):
        denominators = records.get_level(path)
        owners_level = denominators.upper
        assert owners_level is not None
        indices = records.climb(rows, owners_level)
        assert indices is not None
        is_nearer = denominators.lengths[indices] > 0
        wanted_owners = np.where(is_nearer, base + indices, wanted_owners)
        counts.append(_list_counts(records, path, base))
        base += len(owners_level)

    measures = records.get_level(unit_path)
    units = pc.fill_null(records.get_field(measures, unit_path), PARTICIPANTS)
    wanted_units = take(units, records.climb(rows, measures))
    unit_codes = encode_together([*(each.units for each in counts), wanted_units])
    group_codes = encode_together([*(each.groups for each in counts), records.get_field(rows, group_path)])
    owners = np.concatenate([each.owners for each in counts])
    unit_numbers, group_numbers = np.concatenate(unit_codes[:-1]), np.concatenate(group_codes[:-1])
    known, wanted = combine_keys(
        [(owners, wanted_owners), (unit_numbers, unit_codes[-1]), (group_numbers, group_codes[-1])]
    )
    numbers = ONE_VALUE["INTEGER"](pa.concat_arrays([each.numbers for each in counts]))
    return take_present(numbers, find_first(known, wanted))


def _list_counts(records: Records, path: str, base: int) -> _Counts:
    """List the counts of the denominators of a path, whose owners begin at the index `base`."""
    denominators, counts = records.get_level(path), records.get_level(f"{path}.counts[]")
    owners = denominators.parents[counts.parents]
    return _Counts(
        owners=base + owners,
        units=take(records.get_field(denominators, f"{path}.units"), counts.parents),
        groups=records.get_field(counts, f"{path}.counts[].groupId"),
        numbers=records.get_field(counts, f"{path}.counts[].value"),
    )
