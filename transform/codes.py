"""The registry's code lists, shipped as CSV files, and the one way to look a code up.

Each file in `codes/` is one enumeration of the registry: `code` as its records write it, `label` as its page
words it, `group` where we sort the codes into fewer kinds (else NULL), `order` from 1 for sorting, and
`description` in our own words. A sixth column, `also`, holds further spellings of the registry, separated by
`;`: former names and the wordings that its enumerations list as exceptions.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

COLUMNS = ["code", "label", "group", "order", "description"]
_FOLDER = Path(__file__).with_name("codes")


def code_lists() -> dict[str, pd.DataFrame]:
    """Gives every code list that ships with the package.

    Returns:
        By name (`overall_status`, `phase`, ...), frames with the columns `code, label, group, order,
        description`, in that order of columns and sorted by `order`; `order` is int64, the others `str`.
        The frames are the caller's own.
    """
    return {path.stem: code_list(path.stem) for path in sorted(_FOLDER.glob("*.csv"))}


def code_list(name: str) -> pd.DataFrame:
    """Gives one code list, as in `code_lists`.

    Raises:
        FileNotFoundError: No list of that name ships with the package.
    """
    return _read(name)[COLUMNS]


def find_code(raw: pd.Series[str], name: str) -> pd.Series[str]:
    """Looks each text up in a code list, by code or by wording, in any case and with outer spaces.

    Args:
        raw: Texts of dtype `str`, NULLs allowed.
        name: The code list's name.

    Returns:
        The codes (`str`) on raw's index; NULL where the text is NULL **or not in the list**. The caller must
        tell the two apart and report the second.
    """
    return raw.str.strip().str.lower().map(_spellings(name)).astype("str")


@cache
def _read(name: str) -> pd.DataFrame:
    # Without these two arguments pandas reads the codes `NA` and `NONE` and the label `N/A` as missing.
    frame = pd.read_csv(_FOLDER / f"{name}.csv", dtype="str", keep_default_na=False, na_values=[""])
    return frame.reindex(columns=[*COLUMNS, "also"]).astype({"order": "int64", "also": "str"})


@cache
def _spellings(name: str) -> dict[str, str]:
    frame = _read(name)
    also = frame["also"].str.split(";").explode()
    spellings = pd.concat([frame["code"], frame["label"], also]).dropna().str.lower()
    return dict(zip(spellings, frame["code"].loc[spellings.index], strict=True))
