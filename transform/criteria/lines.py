"""The lines of the eligibility text: their bullets, their nesting, and the section that each stands in.

The registry keeps the text as something like CommonMark. Sponsors write it by hand, so bullets, numbers and headings
have many forms.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from transform.criteria.headings import CANDIDATE, LONGEST_HEADING, Heading, read_heading
from transform.normalise.text_arrays import make_text_array

# RE2 has no looking ahead, so the sign behind a bullet without a space is kept, as one of the groups.
_BULLET = (
    r"^\s*(?:"
    r"\\?\*(?:\s[\s*•·●▪]*|([^\s*]))"  # *
    r"|\\?[\-–—+](?:\s+|([A-Za-z(≥≤]))"  # -, but not -3.5
    r"|[•·●▪◦‣∙○■□◆➢✓][\s•·●▪]*"  # signs of word processors
    r"|o\s+"
    r"|[(（\[]?(?:\d{1,2}|[a-zA-Z]|[ivxIVX]{1,5})\\?[)）\]][\s.]*"  # 1) (a) iv)
    r"|\d{1,2}(?:\.\d{1,2})*\\?[.．、]\s*[\-•]?\s+"  # 1. 3.4.
    r"|\d{1,2}(?:\\?[.．]|、)([^\d\s])"  # 1.Age
    r"|\d{1,2}\s?[\-–]\s+([A-Za-z])"  # 1- Age
    r"|(?:[a-z]|[ivx]{2,5}|[IVX]{2,5})\\?\.\s+"  # a. ii. II.
    r"|[A-Z]\\?\.\s+([A-Z(])"  # A. Age, but not E. coli
    r")"
)
# `… within 5 days. Exclusion Criteria:` is two lines that were joined.
_HEADING_IN_LINE = r"(?m)([.;])[ \t]+((?:Inclusion|Exclusion) Criteria:?[ \t]*)$"
_EMPHASIS = r"^(?:\*\*|__|#+\s+)|(?:\*\*|__)\s*$"
_SHORT = 60
# What stands above whole sections, as `Part 1` above its `Inclusion Criteria`.
_GROUP = r"(?i)^(?:part|cohort|group|arm|phase|study|sub-?study|step|module|aim|stage|period)\b.{0,40}$|:$"


def split_criteria(nct_id: pd.Series[str], texts: pd.Series[str]) -> pd.DataFrame:
    """Split eligibility texts into their criterion lines.

    Headings and lines without any letter or digit are not criterion lines. `Inclusion Criteria: pregnancy` is a
    heading and a criterion.

    Args:
        nct_id: one trial per row.
        texts: its eligibility text, or NULL.

    Returns:
        One row per criterion line, in the order of the trials and of the text: `nct_id`, `line_number` (int64, from 1
        in each trial), `criterion_type` (`inclusion`, `exclusion`, or NULL), `nesting_level` (int64), `text` and
        `heading`. Texts are of dtype `str`.
    """
    lines = _split_lines(texts)
    lines = _apply_section_headings(lines)
    is_sub_heading = _find_sub_headings(lines)
    is_heading = lines["is_section"] | lines["is_heading"] | is_sub_heading
    title = lines["text"].str.rstrip(" \t:：*_-–")
    # A section without a name of its own has that of the heading directly above it.
    title_above = title.shift().where(is_sub_heading.shift(fill_value=False))
    name = lines["name"].fillna(title_above).where(lines["is_section"], title)
    lines["heading"] = _carry_forward(name.fillna(""), is_heading & ~lines["is_heading"], lines["trial"])
    lines["heading"] = lines["heading"].mask(lines["heading"] == "")
    starts = lines["starts"].fillna("")
    lines["criterion_type"] = _carry_forward(starts, lines["is_section"], lines["trial"])
    lines["criterion_type"] = lines["criterion_type"].mask(lines["criterion_type"] == "")

    # Lines below a heading are nested from its first line on.
    lines["block"] = is_heading.cumsum() + lines["trial"].ne(lines["trial"].shift()).cumsum()
    criteria = lines[~is_heading].reset_index(drop=True)
    # A heading that goes on with a criterion is two lines here.
    return pd.DataFrame(
        {
            "nct_id": nct_id.to_numpy()[criteria["trial"]],
            "line_number": criteria.groupby("trial").cumcount() + 1,
            "criterion_type": criteria["criterion_type"],
            "nesting_level": _find_nesting(criteria["indent"].to_numpy(), criteria["block"].to_numpy()),
            "text": criteria["text"],
            "heading": criteria["heading"],
        }
    ).astype({"nct_id": "str", "line_number": "int64", "criterion_type": "str", "text": "str", "heading": "str"})


def _split_lines(texts: pd.Series[str]) -> pd.DataFrame:
    """Return one row per line with a letter or a digit: `trial` (its position), `indent`, `has_bullet` and `text`."""
    whole_texts = pc.replace_substring_regex(make_text_array(texts), _HEADING_IN_LINE, "\\1\n\\2")
    lists = pc.split_pattern_regex(whole_texts, r"\r\n|[\n\r\x{2028}]")
    trial, raw = pc.list_parent_indices(lists), pc.list_flatten(lists)
    has_words = pc.match_substring_regex(raw, r"[\p{L}\p{N}]")
    trial, raw = trial.filter(has_words), raw.filter(has_words)
    whole = pc.utf8_trim_whitespace(raw)
    indent = pc.subtract(pc.utf8_length(raw), pc.utf8_length(pc.utf8_ltrim_whitespace(raw)))
    # `* 1. Age` has two bullets.
    text = whole
    for _ in range(2):
        text = pc.utf8_trim_whitespace(pc.replace_substring_regex(text, _BULLET, r"\1\2\3\4\5", max_replacements=1))
    # A bullet with nothing behind it is the text itself.
    text = pc.if_else(pc.match_substring_regex(text, r"[\p{L}\p{N}]"), text, whole)
    return pd.DataFrame(
        {
            "trial": np.asarray(trial, dtype="int64"),
            "indent": np.asarray(indent, dtype="int64"),
            "has_bullet": np.asarray(pc.not_equal(text, whole)),
            "text": text.to_pandas().astype("str"),
        }
    )


def _apply_section_headings(lines: pd.DataFrame) -> pd.DataFrame:
    """Add what `read_heading` finds: `starts`, `is_section`, `is_heading` and `name`.

    A heading that goes on with a criterion becomes two lines.
    """
    bare = pc.replace_substring_regex(make_text_array(lines["text"]), _EMPHASIS, "")
    candidates = np.flatnonzero(np.asarray(pc.match_substring_regex(bare, CANDIDATE)))
    texts = bare.take(pa.array(candidates)).to_pylist()
    found = _read_headings(list(zip(texts, lines["has_bullet"].to_numpy()[candidates], strict=True)))

    columns = {"starts": None, "is_section": False, "is_heading": False, "name": None}
    lines = lines.assign(**columns, order=np.arange(len(lines)) * 2)
    rows = [(row, text, heading) for row, text, heading in zip(candidates, texts, found, strict=True) if heading]
    if not rows:
        return lines.drop(columns="order").astype({"starts": "str", "name": "str"})
    at = [row for row, _, _ in rows]
    lines.loc[at, "starts"] = [heading.starts for _, _, heading in rows]
    lines.loc[at, "is_section"] = [heading.is_section for _, _, heading in rows]
    lines.loc[at, "is_heading"] = [not heading.is_section for _, _, heading in rows]
    lines.loc[at, "name"] = [heading.name for _, _, heading in rows]
    going_on = [(row, text[heading.rest :]) for row, text, heading in rows if heading.rest is not None]
    rest = lines.loc[[row for row, _ in going_on]].assign(text=[text for _, text in going_on], **columns)
    rest["has_bullet"] = True  # it is a criterion, whatever follows
    rest["order"] += 1
    lines = pd.concat([lines, rest]).sort_values("order", ignore_index=True).drop(columns="order")
    return lines.astype({"starts": "str", "name": "str", "text": "str", "is_section": "bool", "is_heading": "bool"})


def _read_headings(candidates: list[tuple[str, bool]]) -> list[Heading | None]:
    """Read each distinct line once: most trials have the same headings."""
    known = {(text, has_bullet): read_heading(text, has_bullet=has_bullet) for text, has_bullet in set(candidates)}
    return [known[candidate] for candidate in candidates]


def _find_sub_headings(lines: pd.DataFrame) -> pd.Series[bool]:
    """Return which lines are headings such as `Age:`, or `Healthy people` above a list.

    They have no bullet, are short, and a criterion follows in the same section.
    """
    text, trial = make_text_array(lines["text"]), lines["trial"]
    length = lines["text"].str.len()
    ends_with_colon = lines["text"].str.endswith((":", "："))
    is_title = np.asarray(pc.match_substring_regex(text, r"^[^.;,<>≥≤=]*[^.;,<>≥≤=:\s\d][^.;,<>≥≤=]*[^.;,:]$"))
    is_word = np.asarray(pc.match_substring_regex(text, r"(?i)^(?:and|or|and/or|none|n/?a)\W*$"))
    next_has_bullet = lines["has_bullet"].shift(-1, fill_value=False)
    is_followed = trial == trial.shift(-1)
    is_above_section = is_followed & lines["is_section"].shift(-1, fill_value=False)
    is_group = np.asarray(pc.match_substring_regex(text, _GROUP)) & (length <= _SHORT)
    is_above_list = is_title & ~is_word & (length <= _SHORT) & next_has_bullet
    is_title_or_above = (ends_with_colon & (length <= LONGEST_HEADING)) | is_above_list
    is_title_or_above = (is_title_or_above & is_followed & ~is_above_section) | (is_group & is_above_section)
    # What is indented belongs to the list above it.
    is_outside = ~lines["has_bullet"] & (lines["indent"] == 0)
    found: pd.Series[bool] = is_outside & ~lines["is_section"] & is_title_or_above
    return found


def _carry_forward(values: pd.Series[str], is_given: pd.Series[bool], trial: pd.Series[int]) -> pd.Series[str]:
    """Return for each line the value of the last line of its trial where one is given, or NULL."""
    return values.where(is_given).astype("str").groupby(trial).ffill()


def _find_nesting(indent: np.ndarray, block: np.ndarray) -> np.ndarray:
    """Return how many lines above each line contain it, directly or because they contain one that does.

    A line with the indent d is still open if no line with a smaller indent has come since. So a line's level is the
    number of open indents below its own.
    """
    position = np.arange(len(indent))
    start = (
        np.maximum.accumulate(np.where(np.r_[True, block[1:] != block[:-1]], position, 0)) if len(indent) else indent
    )
    level = np.zeros(len(indent), dtype="int64")
    for each in np.unique(indent):
        last_with = np.maximum.accumulate(np.where(indent == each, position, -1), axis=0)
        last_below = np.maximum.accumulate(np.where(indent < each, position, -1), axis=0)
        level += (indent > each) & (last_with >= start) & (last_with > last_below)
    return level
