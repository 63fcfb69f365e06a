"""What a registry holds on one night: the studies' bytes, their ids, and the studies that a query finds."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import orjson

from extract.sample.fields import keep_selected, parse_selection
from extract.sample.order import parse_order, sort_studies
from extract.sample.search import ConditionSearch, Facts, UpdateRange, read_facts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

API_VERSION = "2.0.5"

_NO_ALIASES: Mapping[str, str] = MappingProxyType({})
_AS_SERVED = re.compile(rb'\{"protocolSection":\{"identificationModule":\{"nctId":"(NCT[0-9]{8})"')
_QUERIES_KEPT = 32
_PROJECTIONS_KEPT = 1 << 16


class Contents:
    """One night of a registry. Each study's bytes are held once and served unchanged.

    Args:
        studies: Each study's JSON by its NCT number.
        data_timestamp: The night, as `/version` reports it: `2026-09-11T09:00:04`, UTC.
        aliases: The current NCT number by each obsolete one.
        sample: Whether the studies are the shipped sample; then every answer says so.

    Attributes:
        data_timestamp: The same.
        sample: The same.
    """

    def __init__(
        self,
        studies: Mapping[str, bytes],
        *,
        data_timestamp: str,
        aliases: Mapping[str, str] = _NO_ALIASES,
        sample: bool = False,
    ) -> None:
        self._studies = studies
        self._aliases = aliases
        self.data_timestamp = data_timestamp
        self.sample = sample
        # Every page of a listing repeats the query. So what a query finds, and the selected fields of each study,
        # are kept for the next page.
        self.find_studies = lru_cache(maxsize=_QUERIES_KEPT)(self._find_studies)
        self._project_study = lru_cache(maxsize=_PROJECTIONS_KEPT)(self._compute_projection)

    @classmethod
    def from_ndjson(
        cls,
        lines: bytes | Iterable[bytes],
        *,
        data_timestamp: str,
        aliases: Mapping[str, str] = _NO_ALIASES,
        without: Collection[str] = (),
        sample: bool = False,
    ) -> Contents:
        """Read one study a line; a later line replaces an earlier one of the same id.

        Args:
            lines: The bytes of a file, or its lines.
            data_timestamp: The night, as `/version` reports it.
            aliases: The current NCT number by each obsolete one, besides the aliases that the records list.
            without: Ids that are left out, even if the lines have them.
            sample: Whether these are the studies of the shipped sample.

        Raises:
            ValueError: A line is not a study with an NCT number.
        """
        studies: dict[str, bytes] = {}
        known_aliases: dict[str, str] = {}
        all_lines = lines.split(b"\n") if isinstance(lines, bytes) else lines
        for line_number, line in enumerate(all_lines, start=1):
            record = line.strip()
            if record:
                nct_id, obsolete = _read_ids(record, line_number)
                studies[nct_id] = record
                known_aliases |= dict.fromkeys(obsolete, nct_id)
        for nct_id in without:
            studies.pop(nct_id, None)
        return cls(studies, data_timestamp=data_timestamp, aliases=known_aliases | dict(aliases), sample=sample)

    def __len__(self) -> int:
        return len(self._studies)

    @cached_property
    def etag(self) -> str:
        """The ETag of every answer of the night: as on the service, its third part is the night."""
        try:
            loaded_at = datetime.fromisoformat(self.data_timestamp).replace(tzinfo=UTC)
        except ValueError:  # a test's own text
            return f'"{self.data_timestamp}"'
        return f'"sample/{API_VERSION}/{_write_base_36(int(loaded_at.timestamp() * 1000))}"'

    def find_current_id(self, nct_id: str) -> str | None:
        """Return the id of the study that answers to an id, its own or an obsolete one; None if there is no study."""
        current = nct_id if nct_id in self._studies else self._aliases.get(nct_id)
        return current if current in self._studies else None

    def get_study(self, nct_id: str, fields: str | None = None) -> bytes:
        """Return a study's JSON, whole or reduced to `fields`.

        Raises:
            BadRequestError: `fields` contains a name that the data model does not have.
        """
        return self._studies[nct_id] if fields is None else self._project_study(nct_id, fields)

    def count_bytes(self) -> int:
        """Return the bytes of all studies together."""
        return sum(map(len, self._studies.values()))

    def _compute_projection(self, nct_id: str, fields: str) -> bytes:
        """Return a study's JSON reduced to `fields`; a study without these fields is an empty object."""
        return orjson.dumps(keep_selected(orjson.loads(self._studies[nct_id]), parse_selection(fields)) or {})

    def _find_studies(self, condition: str, advanced: str, sort: str = "") -> Collection[str]:
        """Return the ids that `query.cond` and `filter.advanced` find, in the order of `sort`.

        '' finds every study, and leaves them in the file's order.
        """
        found: Collection[str] = self._studies.keys()
        if condition.strip():
            search = ConditionSearch(condition)
            found = dict.fromkeys(nct_id for nct_id in found if search.is_match(self._facts[nct_id].words))
        if advanced.strip():
            updates = UpdateRange(advanced)
            found = dict.fromkeys(nct_id for nct_id in found if updates.contains(self._facts[nct_id].updated))
        if order := parse_order(sort):
            found = sort_studies(((nct_id, orjson.loads(self._studies[nct_id])) for nct_id in found), order)
        return found

    @cached_property
    def _facts(self) -> dict[str, Facts]:
        return {nct_id: read_facts(orjson.loads(record)) for nct_id, record in self._studies.items()}


def _write_base_36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits


def _read_ids(record: bytes, line_number: int) -> tuple[str, list[str]]:
    """Return the NCT number of a record and its obsolete numbers.

    Raises:
        ValueError: The record is not a study with an NCT number.
    """
    # A record in the service's own form begins with its number, so it need not be parsed: a large file loads faster.
    as_served = _AS_SERVED.match(record)
    if as_served and b'"nctIdAliases"' not in record:
        return as_served[1].decode(), []
    try:
        identification = orjson.loads(record)["protocolSection"]["identificationModule"]
        return str(identification["nctId"]), list(identification.get("nctIdAliases", ()))
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"Line {line_number} is not a study with an NCT number: {error}") from error
