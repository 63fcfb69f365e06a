"""The registry's code lists as frames, and the one way to look a code up."""

from __future__ import annotations

from functools import cache

import pandas as pd

from transform.codes import COLUMNS, load_code_lists


def get_code_list(name: str) -> pd.DataFrame:
    """Gives one code list that ships with the package.

    Returns:
        A frame with the columns `code, label, group, order, description`, sorted by `order`; `order` is int64, the
        others `str`. The frame is the caller's own.

    Raises:
        KeyError: No list of that name ships with the package.
    """
    return _read(name)[[*COLUMNS]]


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
    frame = pd.DataFrame(load_code_lists()[name], columns=[*COLUMNS, "also"], dtype="str")
    return frame.mask(frame == "").astype({"order": "int64", "also": "str"})


@cache
def _spellings(name: str) -> dict[str, str]:
    frame = _read(name)
    also = frame["also"].str.split(";").explode()
    spellings = pd.concat([frame["code"], frame["label"], also]).dropna().str.lower()
    return dict(zip(spellings, frame["code"].loc[spellings.index], strict=True))
