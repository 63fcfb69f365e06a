"""The registry's code lists as frames, and the lookup of a code by its spellings."""

from __future__ import annotations

from functools import cache

import pandas as pd

from transform.codes import COLUMNS, load_code_lists


def get_code_list(name: str) -> pd.DataFrame:
    """Return one code list that ships with the package.

    Returns:
        A frame with the columns `code, label, group, order, description`, sorted by `order`; `order` is int64, the
        others are `str`. It is a copy, so the caller may change it.

    Raises:
        KeyError: no list of that name ships with the package.
    """
    return _load_code_list(name)[[*COLUMNS]]


def find_code(raw: pd.Series[str], name: str) -> pd.Series[str]:
    """Look each text up in a code list, by code or by wording. Case and outer spaces do not matter.

    Args:
        raw: texts of dtype `str`; NULLs are allowed.
        name: the code list's name.

    Returns:
        The codes (`str`) on raw's index; NULL where the text is NULL **or not in the list**. The caller must
        distinguish the two, and report the second.
    """
    return raw.str.strip().str.lower().map(_map_spellings(name)).astype("str")


@cache
def _load_code_list(name: str) -> pd.DataFrame:
    frame = pd.DataFrame(load_code_lists()[name], columns=[*COLUMNS, "also"], dtype="str")
    return frame.mask(frame == "").astype({"order": "int64", "also": "str"})


@cache
def _map_spellings(name: str) -> dict[str, str]:
    """Return the code of each spelling in lower case: of each code, each label and each former wording."""
    frame = _load_code_list(name)
    also = frame["also"].str.split(";").explode()
    spellings = pd.concat([frame["code"], frame["label"], also]).dropna().str.lower()
    # Each spelling still has the index of its code's row.
    codes = frame["code"].loc[spellings.index]
    return dict(zip(spellings, codes, strict=True))
