"""`main.interventions`: what a trial gives or does, the class of it, and its role."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from transform.rules.matching import find_matches
from transform.texts.lists import collect_lists
from transform.texts.roles import find_roles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from transform.rules.model import Rule

SOURCES: tuple[str, ...] = (
    "ctgov.interventions",
    "ctgov.intervention_other_names",
    "ctgov.design_groups",
    "ctgov.design_group_interventions",
)

COLUMNS = {
    "id": "int64",
    "nct_id": "str",
    "name": "str",
    "intervention_type": "str",
    "description": "str",
    "other_names": "object",
    "arms": "object",
    "role": "str",
    "intervention_class": "str",
    "class_rule": "str",
    "class_text": "str",
    "class_field": "str",
    "intervention_classes": "object",
}
"""The columns of the table, and their dtypes; `object` is a Python list of texts, or None."""


_FIELD_ORDER = {"name": 0, "other name": 1, "description": 2}

_PLAIN_WORDS = (
    "a|b|c|d|i|ii|iii|iv|the|of|for|and|with|in|on|to|low|lower|lowest|medium|mid|middle|high|higher|highest|single|"
    "multiple|repeated|ascending|fixed|dose|doses|dosage|level|experimental|experiment|intervention|interventional|"
    "treatment|treated|therapy|control|controlled|active|comparator|comparison|test|study|trial|investigational|group|"
    "groups|arm|cohort|part|stage|phase|period|regimen|drug|product|device|injection|tablets?|capsules?|infusion|"
    "intravenous|subcutaneous|oral|mg|ml|kg|patients"
)
_CODE = r"[a-z]{0,6}[\W_]{0,2}\d+[a-z]{0,2}(?:-[a-z\d]{1,4})?"
# Capitals count here alone: an abbreviation says as little as a code.
_ABBREVIATION = r"(?-i:[A-Z]{2,5})"
_SAYS_NOTHING = rf"[\W_]*(?:\b(?:{_PLAIN_WORDS}|{_CODE}|{_ABBREVIATION})\b[\W_]*)+"
"""A name of plain words, numbers, codes and abbreviations, such as `Low-dose group`, `ABC-123 injection` or `LFD`. It
is a text, so that pandas lets Arrow search it, which takes no longer for a name that is made to be slow."""

_FIRST_SENTENCE = re.compile(r"\A(.+?)(?:[.;](?:\s|\Z)|\n|\Z)", re.DOTALL)


def normalise_interventions(sources: Mapping[str, pd.DataFrame], rules: Sequence[Rule]) -> pd.DataFrame:
    """Return one row per intervention, in the order of its id.

    The class comes from the name; if no rule matches it, from the other names; and from the first sentence of the
    description only if the name says nothing (`Group 2`, `ABC-123`). A description mostly names what is given beside
    the intervention. Where several rules match, the first of the files counts.

    Args:
        sources: the tables of `SOURCES`, by their names.
        rules: rules of any kind; those of the kind `intervention_class` are used.

    Returns:
        A frame with `COLUMNS`. Lists and derived values are NULL where there is nothing to say.
    """
    interventions = sources["ctgov.interventions"].set_index("id")
    names = sources["ctgov.intervention_other_names"]
    uses = sources["ctgov.design_group_interventions"]
    class_rules = [rule for rule in rules if rule.kind == "intervention_class"]

    made = interventions[["nct_id", "name", "intervention_type", "description"]].copy()
    made["other_names"] = collect_lists(names["name"], names["intervention_id"]).reindex(made.index)
    made["arms"] = collect_lists(uses["arm_group_label"], uses["intervention_id"]).reindex(made.index)
    made["role"] = find_roles(sources).reindex(made.index)
    made = made.join(_classify(interventions, names, class_rules)).sort_index().reset_index()
    # A row without a list has None, as DuckDB reads NULL in a column of lists.
    lists = [name for name, dtype in COLUMNS.items() if dtype == "object"]
    made[lists] = made[lists].astype("object").where(made[lists].notna(), None)
    return made[list(COLUMNS)].astype(COLUMNS)


def _classify(interventions: pd.DataFrame, names: pd.DataFrame, rules: Sequence[Rule]) -> pd.DataFrame:
    """Return the classes of the interventions that have one, by id."""
    texts: list[pd.DataFrame] = [
        _list_texts("name", interventions.index, interventions["name"]),
        _list_texts("other name", names["intervention_id"], names["name"]),
        _list_telling_descriptions(interventions),
    ]
    matches = _find_classes(pd.concat(texts, ignore_index=True), rules)
    # A description is read only where the names have no class.
    has_named = matches["intervention"].isin(matches.loc[matches["class_field"] != "description", "intervention"])
    matches = matches[~has_named | (matches["class_field"] != "description")]

    first = matches.sort_values(["intervention", "field_order", "rule", "row"]).drop_duplicates("intervention")
    classes = first.set_index("intervention")[["intervention_class", "class_rule", "class_text", "class_field"]]
    distinct = matches.drop_duplicates(["intervention", "intervention_class"])
    all_classes = collect_lists(distinct["intervention_class"], distinct["intervention"])
    return classes.assign(intervention_classes=all_classes)


def _list_telling_descriptions(interventions: pd.DataFrame) -> pd.DataFrame:
    """Return the first sentences of the descriptions of interventions whose name says nothing."""
    says_nothing = interventions["name"].str.fullmatch(_SAYS_NOTHING, case=False).fillna(value=False)
    telling = interventions.loc[says_nothing, "description"]
    return _list_texts("description", telling.index, telling.str.extract(_FIRST_SENTENCE, expand=False))


def _list_texts(field: str, ids: pd.Index[Any] | pd.Series[Any], texts: pd.Series[str]) -> pd.DataFrame:
    """Return texts with the intervention that they are about, and the field that they stand in."""
    return pd.DataFrame({"intervention": ids.to_numpy(dtype="int64"), "field": field, "text": texts.array})


def _find_classes(texts: pd.DataFrame, rules: Sequence[Rule]) -> pd.DataFrame:
    """Return the matches of the rules with each text, by intervention and then in the order of the rules."""
    matches = find_matches(texts["text"], rules)
    at = texts.iloc[matches["row"]]
    found = pd.DataFrame(
        {
            "intervention": at["intervention"].to_numpy(),
            "rule": matches["rule"],
            "row": matches["row"],
            "intervention_class": matches["rule"].map(dict(enumerate(rule.value for rule in rules))).astype("str"),
            "class_rule": matches["rule"].map(dict(enumerate(rule.name for rule in rules))).astype("str"),
            "class_text": matches["found"],
            "class_field": at["field"].astype("str").to_numpy(),
            "field_order": at["field"].map(_FIELD_ORDER).to_numpy(),
        }
    )
    return found.sort_values(["intervention", "rule", "row"], ignore_index=True)
