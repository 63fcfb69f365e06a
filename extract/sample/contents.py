"""What a registry holds on one night: the studies' bytes, their ids, and what a query finds among them."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import orjson

from extract.sample.fields import prune, selection
from extract.sample.search import ConditionSearch, Facts, UpdateRange, facts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

_NO_ALIASES: Mapping[str, str] = MappingProxyType({})
_AS_SERVED = re.compile(rb'\{"protocolSection":\{"identificationModule":\{"nctId":"(NCT[0-9]{8})"')
_FOUND_QUERIES_KEPT = 32
_PROJECTIONS_KEPT = 1 << 16


class Contents:
    """One night of a registry. Each study's bytes are held once and served as they are.

    What is worked out for a query (the studies it finds, their projections to `fields`) is kept for its next
    page.

    Attributes:
        data_timestamp: the night, as `/version` tells it: `2026-09-11T09:00:04`, UTC.
        sample: whether the studies are the shipped sample, which every answer then says.
    """

    def __init__(
        self,
        studies: Mapping[str, bytes],
        *,
        data_timestamp: str,
        aliases: Mapping[str, str] = _NO_ALIASES,
        sample: bool = False,
    ) -> None:
        """Takes each study's JSON under its NCT number, and obsolete NCT numbers with the current one."""
        self._studies = studies
        self._aliases = aliases
        self.data_timestamp = data_timestamp
        self.sample = sample
        self.matching = lru_cache(maxsize=_FOUND_QUERIES_KEPT)(self._matching)
        self._projected = lru_cache(maxsize=_PROJECTIONS_KEPT)(self._project)

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
        """Reads one study a line; a later line replaces an earlier one of the same id.

        Args:
            lines: the file's bytes, or its lines.
            data_timestamp: the night, as `/version` is to tell it.
            aliases: obsolete NCT numbers and the current ones, beside those that the records list themselves.
            without: ids that are not to be held, whatever the lines say.
            sample: whether these are the shipped sample's studies.

        Raises:
            ValueError: when a line is not a study with an NCT number.
        """
        studies: dict[str, bytes] = {}
        known_aliases: dict[str, str] = {}
        for number, line in enumerate(lines.split(b"\n") if isinstance(lines, bytes) else lines, start=1):
            if record := line.strip():
                nct_id, obsolete = _ids(record, number)
                studies[nct_id] = record
                known_aliases |= dict.fromkeys(obsolete, nct_id)
        for nct_id in without:
            studies.pop(nct_id, None)
        return cls(studies, data_timestamp=data_timestamp, aliases=known_aliases | dict(aliases), sample=sample)

    def __len__(self) -> int:
        return len(self._studies)

    def current_id(self, nct_id: str) -> str | None:
        """The id a study answers under: its own or, of an obsolete id, the current one; None for no study."""
        current = nct_id if nct_id in self._studies else self._aliases.get(nct_id)
        return current if current in self._studies else None

    def study(self, nct_id: str, fields: str | None = None) -> bytes:
        """A study's JSON, whole or projected to `fields`.

        Raises:
            BadRequestError: when `fields` names what the data model does not have.
        """
        return self._studies[nct_id] if fields is None else self._projected(nct_id, fields)

    def size(self) -> int:
        """Bytes of all studies together."""
        return sum(map(len, self._studies.values()))

    def _project(self, nct_id: str, fields: str) -> bytes:
        return orjson.dumps(prune(orjson.loads(self._studies[nct_id]), selection(fields)) or {})

    def _matching(self, condition: str, advanced: str) -> Collection[str]:
        """The ids that `query.cond` and `filter.advanced` find, in the file's order; '' restricts nothing."""
        found: Collection[str] = self._studies.keys()
        if condition.strip():
            search = ConditionSearch(condition)
            found = dict.fromkeys(nct_id for nct_id in found if search.finds(self._facts[nct_id].words))
        if advanced.strip() not in {"", "ALL"}:
            updates = UpdateRange(advanced)
            found = dict.fromkeys(nct_id for nct_id in found if updates.holds(self._facts[nct_id].updated))
        return found

    @cached_property
    def _facts(self) -> dict[str, Facts]:
        return {nct_id: facts(orjson.loads(record)) for nct_id, record in self._studies.items()}


def _ids(record: bytes, line: int) -> tuple[str, list[str]]:
    """A record's NCT number and its obsolete ones, without parsing it where the service's own form allows."""
    as_served = _AS_SERVED.match(record)
    if as_served and b'"nctIdAliases"' not in record:
        return as_served[1].decode(), []
    try:
        identification = orjson.loads(record)["protocolSection"]["identificationModule"]
        return str(identification["nctId"]), list(identification.get("nctIdAliases", ()))
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"Line {line} is not a study with an NCT number: {error}") from error
