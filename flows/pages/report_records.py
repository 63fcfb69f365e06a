"""What the report's script knows of each trial of the table, as one packed text in the page.

The script searches in it, exports it and compares it. Packed it takes a fifth of the space, and a page of
thousands of trials stays small enough to be mailed.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64encode
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from flows.pages.html import STUDY_ADDRESS
from flows.pages.source import format_source
from flows.pages.trial_blocks import format_ages, read_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flows.pages.report_filters import Values
    from flows.pages.report_map import Town
    from warehouse.reading.report_data import ReportData

Row = dict[str, Any]


def pack_records(data: ReportData, values: Mapping[str, Values], towns: Sequence[Town]) -> str:
    """Return the records as JSON, compressed by zlib and written in Base64.

    Args:
        data: what the report shows.
        values: the values of each trial for the filters.
        towns: the towns with sites.
    """
    records = {
        "source": format_source(data.night["registry"], data.night["data_timestamp"]),
        "study": STUDY_ADDRESS,
        "day": data.night["day"].isoformat(),
        "towns": [[town.name, *(town.position or ())] for town in towns],
        "trials": _make_records(data, values, towns),
    }
    text = json.dumps(records, ensure_ascii=False, separators=(",", ":"))
    return b64encode(zlib.compress(text.encode(), 9)).decode()


def _make_records(data: ReportData, values: Mapping[str, Values], towns: Sequence[Town]) -> list[Row]:
    details = {name: _group_by_trial(rows) for name, rows in data.details.items()}
    town_numbers = defaultdict(list)
    for number, town in enumerate(towns):
        for nct_id in town.trials:
            town_numbers[nct_id].append(number)
    records = []
    for trial in data.trials:
        nct_id = trial["nct_id"]
        of_trial = {name: rows.get(nct_id, []) for name, rows in details.items()}
        record = _make_record(trial) | _make_texts(of_trial)
        record |= {"towns": town_numbers[nct_id], "values": values[nct_id]}
        # The script takes what is missing for empty.
        records.append({name: value for name, value in record.items() if value not in (None, "", [])})
    return records


def _make_record(trial: Row) -> Row:
    """Return what the table's row, an export and a comparison show of a trial."""
    return {
        "id": trial["nct_id"],
        "title": trial["brief_title"] or trial["nct_id"],
        "official": trial["official_title"],
        "acronym": trial["acronym"],
        "type": trial["study_type"],
        "status": trial["status"],
        "phase": trial["phase"],
        "start": _make_date(trial, "start"),
        "primaryCompletion": _make_date(trial, "primary_completion"),
        "completion": _make_date(trial, "completion"),
        "posted": _format_day(trial["first_post_date"]),
        "resultsPosted": _format_day(trial["results_first_post_date"]),
        "enrollment": trial["enrollment"],
        "enrollmentType": (trial["enrollment_type"] or "").lower(),
        "sponsor": trial["lead_sponsor"],
        "collaborators": trial["collaborators"],
        "countries": trial["countries"],
        "conditions": trial["conditions"],
        "keywords": trial["keywords"],
        "mesh": trial["mesh_conditions"],
        "ages": format_ages(trial["minimum_age"], trial["maximum_age"]),
        "sex": trial["sex"],
        "summary": read_line(trial["brief_summary"]),
        "sort": [
            trial["brief_title"] or "",
            trial["status_order"],
            trial["phase_order"],
            _format_day(trial["start_date"]),
            trial["enrollment"],
            "; ".join(trial["countries"] or ()),
        ],
    }


def _make_texts(details: Mapping[str, Sequence[Row]]) -> Row:
    """Return the interventions, outcomes, criteria and limits of a trial, each a list."""
    texts: dict[str, list[Any]] = defaultdict(list)
    for row in details["interventions"]:
        also = f" ({', '.join(row['other_names'])})" if row["other_names"] else ""
        texts["interventions"].append(f"{row['type']}: {row['name']}{also}")
    for row in details["outcomes"]:
        frame = f" [{row['time_frame']}]" if row["time_frame"] else ""
        texts[f"{row['outcome_type']}Outcomes"].append(f"{row['measure']}{frame}")
    for row in details["criteria"]:
        texts[row["criterion_type"] or "criteria"].append(read_line(row["text"]))
    for row in details["limits"]:
        texts["limits"].append([row["measure"], read_line(row["limit_text"]), row["criterion_type"] or ""])
    return texts


def _group_by_trial(rows: Sequence[Row]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["nct_id"], []).append(row)
    return groups


def _make_date(trial: Row, name: str) -> list[str]:
    """Return a date as the record gives it, and whether it is actual or estimated; nothing if there is none."""
    return [trial[name], (trial[f"{name}_date_type"] or "").lower()] if trial[name] else []


def _format_day(day: Any) -> str:
    return day.isoformat() if day else ""
