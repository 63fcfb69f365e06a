"""A condition set: which trials the warehouse follows, as a file that a person can copy and edit."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tomllib
from dataclasses import dataclass, fields
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from extract.errors import BadConditionSet, BadNctNumber
from extract.nct import NctId

if TYPE_CHECKING:
    from collections.abc import Mapping

_MESH_ID = re.compile(r"[CD](?:[0-9]{6}|[0-9]{9})")
_OPERATORS = re.compile(r"\b(?:OR|AND|NOT)\b|[()]")
_ONLY_NCT_NUMBERS = re.compile(r"(?:NCT[0-9]+[\s,]*)+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ConditionSet:
    """What belongs to a set of trials, and when a listing of it is believable.

    Attributes:
        name: A short name, as in `aclf`.
        title: The disease in words.
        search: The registry's condition search (`query.cond`), or None.
        advanced: The registry's filter (`filter.advanced`), or None; one of the two is there.
        mesh_ids: MeSH descriptors of the disease.
        include: Trials that always belong, fetched even when the search does not find them.
        exclude: Trials that never belong.
        minimum_trials: A listing with fewer is not believed.
    """

    name: str
    title: str
    search: str | None = None
    advanced: str | None = None
    mesh_ids: tuple[str, ...] = ()
    include: tuple[NctId, ...] = ()
    exclude: tuple[NctId, ...] = ()
    minimum_trials: int = 1

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of what the set means: all but its name and title, whatever the order of its ids."""
        meaning = (
            self.search,
            self.advanced,
            sorted(self.mesh_ids),
            sorted(self.include),
            sorted(self.exclude),
            self.minimum_trials,
        )
        return hashlib.sha256(json.dumps(meaning).encode()).hexdigest()

    @property
    def phrases(self) -> tuple[str, ...]:
        """What the search looks for, phrase by phrase, without its quotes and operators."""
        parts = _OPERATORS.split(self.search or "")
        return tuple(dict.fromkeys(phrase for part in parts if (phrase := " ".join(part.split()).strip('"'))))

    @classmethod
    def load(cls, name_or_path: str | Path) -> Self:
        """Read a condition set.

        Args:
            name_or_path: The name of a set that ships with the package, or the path of a TOML file: whatever
                ends in `.toml` or holds a path separator.

        Raises:
            BadConditionSet: There is no such set, its file cannot be read, or a key in it cannot be used; the
                message names the file and the key.
        """
        text = os.fspath(name_or_path)
        try:
            content = tomllib.loads(_source(text).decode())
        except RecursionError as error:
            raise BadConditionSet(f"the condition set {text!a} cannot be read (it is nested beyond reason)") from error
        except (OSError, ValueError) as error:
            raise BadConditionSet(f"the condition set {text!a} cannot be read ({error})") from error
        return cls(**_Reader(text, content).arguments())


def _source(name_or_path: str) -> bytes:
    """Give the bytes of a set's file."""
    if name_or_path.endswith(".toml") or os.sep in name_or_path:
        return Path(name_or_path).read_bytes()
    shipped = files("extract") / "condition_sets"
    names = sorted(file.name.removesuffix(".toml") for file in shipped.iterdir())
    if name_or_path not in names:
        raise BadConditionSet(
            f"there is no condition set {name_or_path!a} (known: {', '.join(names)})",
            next_step="give one of these names, or the path of a file that ends in .toml",
        )
    return (shipped / f"{name_or_path}.toml").read_bytes()


_KEYS = frozenset(field.name for field in fields(ConditionSet))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one file's content key by key, and names file and key in whatever it refuses."""

    file: str
    content: Mapping[str, object]

    def arguments(self) -> dict[str, Any]:
        """Give the arguments of a `ConditionSet`."""
        unknown = sorted(set(self.content) - _KEYS)
        if unknown:
            raise self.refusal(unknown[0], f"is not a known key (known: {', '.join(sorted(_KEYS))})")
        given: dict[str, Any] = {
            "name": self.required("name"),
            "title": self.required("title"),
            "search": self.search(),
            "advanced": self.text("advanced"),
            "mesh_ids": self.mesh_ids(),
            "include": self.nct_ids("include"),
            "exclude": self.nct_ids("exclude"),
            "minimum_trials": self.minimum_trials(),
        }
        if not (given["search"] or given["advanced"]):
            raise self.refusal("search", "and `advanced` are both missing: one of them must be there")
        for nct_id in given["include"]:
            if nct_id in given["exclude"]:
                raise self.refusal("exclude", f"holds {nct_id}, which `include` holds too")
        return given

    def refusal(self, key: str, problem: str) -> BadConditionSet:
        """Give the error for a key."""
        return BadConditionSet(f"in the condition set {self.file}, `{ascii(key)[1:-1]}` {problem}")

    def text(self, key: str) -> str | None:
        """Read a text on one line, or None where the key is absent."""
        value = self.content.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            raise self.refusal(key, "must be a text that is not empty")
        return " ".join(value.split())

    def required(self, key: str) -> str:
        """Read a text that must be there."""
        value = self.text(key)
        if value is None:
            raise self.refusal(key, "is missing")
        return value

    def search(self) -> str | None:
        """Read the search; one of NCT numbers alone would make the registry ignore every filter."""
        search = self.text("search")
        if search and _ONLY_NCT_NUMBERS.fullmatch(search):
            raise self.refusal("search", "holds only NCT numbers: list them under `include`")
        return search

    def texts(self, key: str) -> list[str]:
        """Read a list of texts; an absent key is an empty list."""
        value = self.content.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.refusal(key, "must be a list of texts")
        return value

    def mesh_ids(self) -> tuple[str, ...]:
        """Read the MeSH unique ids: D or C and six or nine digits."""
        for mesh_id in self.texts("mesh_ids"):
            if not _MESH_ID.fullmatch(mesh_id):
                raise self.refusal("mesh_ids", f"holds {mesh_id!a}, which is not a MeSH id such as D065290")
        return tuple(dict.fromkeys(self.texts("mesh_ids")))

    def nct_ids(self, key: str) -> tuple[NctId, ...]:
        """Read a list of NCT numbers, each once."""
        try:
            return tuple(dict.fromkeys(NctId.parse(text) for text in self.texts(key)))
        except BadNctNumber as error:
            raise self.refusal(key, f"is wrong: {error.happened}") from error

    def minimum_trials(self) -> int:
        """Read the threshold, at least 1."""
        value = self.content.get("minimum_trials", 1)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self.refusal("minimum_trials", "must be a whole number of at least 1")
        return value
