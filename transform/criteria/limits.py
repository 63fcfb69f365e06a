"""The limits in criteria as rows: which lines have any, and the columns of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from transform.criteria.limit_reader import find_limits
from transform.normalise.text_arrays import make_text_array
from transform.rules.matching import find_matches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from transform.rules.model import Rule

LIMIT_COLUMNS = {
    "limit_number": "int64",
    "measure": "str",
    "operator": "str",
    "value": "float64",
    "high_value": "float64",
    "unit_written": "str",
    "unit": "str",
    "value_in_unit": "float64",
    "high_value_in_unit": "float64",
    "limit_text": "str",
    "limit_rule": "str",
}
"""The columns of `main.criteria` that say what a limit is, and their dtypes."""

_HAS_VALUE = r"\d|\b(?:[A-D]|I{1,3}|IV|(?i:ULN|UNL|ULRR|upper))\b"


def read_limits(texts: pd.Series[str], rules: Sequence[Rule]) -> pd.DataFrame:
    """Read the limits in lines.

    Where the pieces that two rules read overlap, the rule that comes first counts.

    Args:
        texts: the lines.
        rules: the rules of measures, in their order.

    Returns:
        One row per limit, sorted by its line and its place in it: `row`, the line's position in `texts`, and the
        columns of `LIMIT_COLUMNS`. `limit_number` counts from 1 in each line. `value` is the number as written; a
        grade's or class's letter counts from A = 1. `value_in_unit` is in `unit`, the rule's unit. For multiples of the
        upper limit of normal `unit` is ULN and `value_in_unit` NULL. Without a written unit, `unit` and `value_in_unit`
        are NULL too, unless the rule names the unit that such a number has, or only one of its units makes the value
        plausible.
    """
    positions, distinct = pd.factorize(texts.astype("str"))
    lines = make_text_array(pd.Series(distinct))
    with_value = np.flatnonzero(np.asarray(pc.match_substring_regex(lines, _HAS_VALUE)))
    candidates = lines.take(pa.array(with_value))
    matches = find_matches(candidates.to_pandas().astype("str"), rules)
    rules_of: dict[int, list[Rule]] = {}
    for at, number in zip(matches["row"], matches["rule"], strict=True):
        rules_of.setdefault(at, []).append(rules[number])
    records: list[tuple[object, ...]] = []
    for at, line in zip(rules_of, candidates.take(pa.array(rules_of, pa.int64())).to_pylist(), strict=True):
        limits = find_limits(line, rules_of[at])
        records += [(with_value[at], n, *limit.list_values(line)) for n, limit in enumerate(limits, 1)]
    found = pd.DataFrame(records, columns=["line", *LIMIT_COLUMNS])
    rows = pd.DataFrame({"row": np.arange(len(texts)), "line": positions})
    found = rows.merge(found.astype({"line": "int64"}), on="line").drop(columns="line")
    return found.sort_values(["row", "limit_number"], ignore_index=True).astype({"row": "int64", **LIMIT_COLUMNS})
