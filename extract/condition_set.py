"""A condition set: the trials that the warehouse follows, described in a file that a person can copy and edit."""

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
from extract.texts import decode_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SHIPPED = files("extract") / "condition_sets"
_MESH_ID = re.compile(r"[CD](?:[0-9]{6}|[0-9]{9})")
_OPERATORS = re.compile(r"\b(?:OR|AND|NOT)\b|[()]")
_ONLY_NCT_NUMBERS = re.compile(r"(?:NCT[0-9]+[\s,]*)+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ConditionSet:
    """What belongs to a set of trials, and from which size on a listing of it is believed.

    Attributes:
        name: A short name, such as `aclf`.
        title: The disease in words.
        search: The registry's condition search (`query.cond`), or None.
        advanced: The registry's filter (`filter.advanced`), or None; a set has a search, a filter or both.
        mesh_ids: MeSH descriptors of the disease.
        include: Trials that always belong, fetched even when the search does not find them.
        exclude: Trials that never belong.
        minimum_trials: A listing with fewer trials is not believed.
        rules: What is read in the texts of the trials: names of rules that ship with the package, and paths of files.
    """

    name: str
    title: str
    search: str | None = None
    advanced: str | None = None
    mesh_ids: tuple[str, ...] = ()
    include: tuple[NctId, ...] = ()
    exclude: tuple[NctId, ...] = ()
    minimum_trials: int = 1
    rules: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of what the set means: what belongs to it; the order of ids does not count."""
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
        """The phrases of the search, each once, without quotes and operators."""
        phrases: dict[str, None] = {}  # keeps the order
        for part in _OPERATORS.split(self.search or ""):
            phrase = " ".join(part.split()).strip('"')
            if phrase:
                phrases[phrase] = None
        return tuple(phrases)

    @classmethod
    def load(cls, name_or_path: str | Path) -> Self:
        """Read a condition set.

        Args:
            name_or_path: The path of a TOML file, or the name of a set that ships with the package. A text that
                ends in `.toml` or contains a path separator is a path.

        Raises:
            BadConditionSet: The set does not exist, its file cannot be read, or a key in it cannot be used; the
                message names the file and the key.
        """
        text = os.fspath(name_or_path)
        try:
            content = tomllib.loads(decode_text(_read_source(text)))
        except RecursionError as error:
            raise BadConditionSet(f"the condition set {text!a} cannot be read (it is nested too deep)") from error
        except (OSError, ValueError) as error:
            raise BadConditionSet(f"the condition set {text!a} cannot be read ({error})") from error
        return cls(**_Reader(text, content).read_arguments())


def load_condition_sets(names_or_paths: Sequence[str]) -> tuple[ConditionSet, ...]:
    """Read several condition sets; see `ConditionSet.load`.

    Raises:
        BadConditionSet: There is none, one of them cannot be read, or two have the same name.
    """
    condition_sets = tuple(map(ConditionSet.load, names_or_paths))
    if not condition_sets:
        raise BadConditionSet("no condition set is named", next_step="name at least one with --condition-set")
    # A set's view is found in upper and in lower case, so that is one name.
    names = [each.name.casefold() for each in condition_sets]
    for each in condition_sets:
        if names.count(each.name.casefold()) > 1:
            raise BadConditionSet(f"two condition sets have the name {each.name!a}", next_step="rename one of them")
    return condition_sets


def list_shipped_sets() -> list[str]:
    """Return the names of the condition sets that ship with the package."""
    return sorted(file.name.removesuffix(".toml") for file in _SHIPPED.iterdir())


def compute_digest(condition_sets: Sequence[ConditionSet]) -> str:
    """Return the digest of what several sets mean together: that of the set if there is one, else of all with names."""
    if len(condition_sets) == 1:
        return condition_sets[0].digest
    meaning = [(each.name, each.digest) for each in condition_sets]
    return hashlib.sha256(json.dumps(meaning).encode()).hexdigest()


def _read_source(name_or_path: str) -> bytes:
    """Return the bytes of a set's file."""
    if name_or_path.endswith(".toml") or os.sep in name_or_path:
        return Path(name_or_path).read_bytes()
    names = list_shipped_sets()
    if name_or_path not in names:
        raise BadConditionSet(
            f"the condition set {name_or_path!a} does not exist (known: {', '.join(names)})",
            next_step="give one of these names, or the path of a file that ends in .toml",
        )
    return (_SHIPPED / f"{name_or_path}.toml").read_bytes()


_KEYS = frozenset(field.name for field in fields(ConditionSet))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the content of one file key by key, and names the file and the key in every refusal."""

    file: str
    content: Mapping[str, object]

    def read_arguments(self) -> dict[str, Any]:
        """Return the arguments of a `ConditionSet`."""
        unknown = sorted(set(self.content) - _KEYS)
        if unknown:
            raise self.make_refusal(unknown[0], f"is not a known key (known: {', '.join(sorted(_KEYS))})")
        arguments: dict[str, Any] = {
            "name": self.read_required_text("name"),
            "title": self.read_required_text("title"),
            "search": self.read_search(),
            "advanced": self.read_text("advanced"),
            "mesh_ids": self.read_mesh_ids(),
            "include": self.read_nct_ids("include"),
            "exclude": self.read_nct_ids("exclude"),
            "minimum_trials": self.read_minimum_trials(),
            "rules": self.read_rules(),
        }
        # Without both, the listing would be the whole registry.
        if not (arguments["search"] or arguments["advanced"]):
            raise self.make_refusal("search", "and `advanced` are both missing: give at least one of them")
        for nct_id in arguments["include"]:
            if nct_id in arguments["exclude"]:
                raise self.make_refusal("exclude", f"holds {nct_id}, which `include` holds too")
        return arguments

    def make_refusal(self, key: str, problem: str) -> BadConditionSet:
        """Make the error for a key; the key is in ASCII, so that it cannot send control characters to a terminal."""
        return BadConditionSet(f"in the condition set {self.file}, `{ascii(key)[1:-1]}` {problem}")

    def read_text(self, key: str) -> str | None:
        """Return a text on one line, or None where the key is absent."""
        value = self.content.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            raise self.make_refusal(key, "must be a text that is not empty")
        return " ".join(value.split())

    def read_required_text(self, key: str) -> str:
        """Return a text on one line, and refuse a file without it."""
        value = self.read_text(key)
        if value is None:
            raise self.make_refusal(key, "is missing")
        return value

    def read_search(self) -> str | None:
        """Return the search, or None where the key is absent."""
        search = self.read_text("search")
        # The registry looks up a search of NCT numbers by number, and then ignores every filter.
        if search and _ONLY_NCT_NUMBERS.fullmatch(search):
            raise self.make_refusal("search", "holds only NCT numbers: list them under `include`")
        return search

    def read_text_list(self, key: str) -> list[str]:
        """Return a list of texts; an absent key is an empty list."""
        value = self.content.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.make_refusal(key, "must be a list of texts")
        return value

    def read_mesh_ids(self) -> tuple[str, ...]:
        """Return the MeSH unique ids, each once: D or C and six or nine digits."""
        mesh_ids = self.read_text_list("mesh_ids")
        for mesh_id in mesh_ids:
            if not _MESH_ID.fullmatch(mesh_id):
                raise self.make_refusal("mesh_ids", f"holds {mesh_id!a}, which is not a MeSH id such as D065290")
        return tuple(dict.fromkeys(mesh_ids))

    def read_nct_ids(self, key: str) -> tuple[NctId, ...]:
        """Return a list of NCT numbers, each once."""
        try:
            return tuple(dict.fromkeys(NctId.parse(text) for text in self.read_text_list(key)))
        except BadNctNumber as error:
            raise self.make_refusal(key, f"is wrong: {error.happened}") from error

    def read_rules(self) -> tuple[str, ...]:
        """Return the rules, each once; the path of a file counts from the folder of the set's file."""
        folder = Path(self.file).parent
        rules = self.read_text_list("rules")
        return tuple(dict.fromkeys(str(folder / rule) if rule.endswith(".toml") else rule for rule in rules))

    def read_minimum_trials(self) -> int:
        """Return the threshold, at least 1."""
        value = self.content.get("minimum_trials", 1)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self.make_refusal("minimum_trials", "must be a whole number of at least 1")
        return value
