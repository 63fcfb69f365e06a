"""Files of rules: those that ship with the package, and those that people write for another disease.

A file is TOML, with a list for each kind of rule; `docs/rules.md` shows one. Rules that ship lie in a folder a disease,
one file a concept.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extract.errors import BadRules
from extract.texts import decode_text
from transform.rules.model import KINDS, Rule, expand_word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from importlib.resources.abc import Traversable

_TEXTS = ("value", "rule", "source", "concept", "unit")
_LISTS = ("words", "pass_over", "examples", "counterexamples")
_VERSION_DIGITS = 12
_NUMBERS = ("minimum", "maximum")
_KEYS = frozenset({*_TEXTS, *_LISTS, *_NUMBERS, "units", "alone"})

# RE2 has none of these, because they can make a search slow without bound.
_UNSUPPORTED = re.compile(r"\(\?(?:[=!>]|<[=!])|\\[1-9]|\(\?P")


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A file of rules that a person wrote, or a folder of them that ships with the package.

    Attributes:
        name: the name of the file or the folder.
        text: the content of the file; None for a folder.
    """

    name: str
    text: str | None


def read_rule_files(names_or_paths: Sequence[str]) -> tuple[RuleFile, ...]:
    """Read files of rules, each once. What ships is only named, because most runs need no rules.

    Args:
        names_or_paths: the names of folders that ship with the package, and paths that end in `.toml`.

    Raises:
        BadRules: there is no such file or folder, it cannot be read, or two files have the same name.
    """
    found: dict[str, RuleFile] = {}
    for name in names_or_paths:
        file = _read_file(name) if name.endswith(".toml") else RuleFile(name, None)
        if found.setdefault(file.name, file) != file:
            raise BadRules(f"two different files of rules have the name {file.name!a}", next_step="rename one of them")
        if file.text is None:
            _list_shipped(name)
    return tuple(found.values())


@cache
def parse_rules(rule_files: tuple[RuleFile, ...]) -> tuple[Rule, ...]:
    """Return the rules of files, in their order: where several fit and only one can count, the first does.

    Raises:
        BadRules: a file is not TOML, a key in it cannot be used, or two rules of a kind have the same name.
    """
    rules: dict[tuple[str, str], Rule] = {}
    for file in rule_files:
        shipped = _list_shipped(file.name) if file.text is None else {file.name: file.text}
        for name, text in shipped.items():
            for rule in _parse_text(name, text, has_checks=file.text is not None):
                if rules.setdefault((rule.kind, rule.name), rule) is not rule:
                    raise BadRules(f"two rules of {rule.kind} have the name {rule.name!a} (the second is in {name!a})")
    return tuple(rules.values())


def compute_shipped_digest() -> bytes:
    """Return the SHA-256 of all rules that ship with the package."""
    texts = [text for folder in sorted(_map_folders()) for text in _list_shipped(folder).values()]
    return sha256("".join(texts).encode()).digest()


def _read_file(path: str) -> RuleFile:
    try:
        return RuleFile(Path(path).name, decode_text(Path(path).read_bytes()))
    except (OSError, ValueError) as error:
        raise BadRules(f"the rules {path!a} cannot be read ({error})") from error


@cache
def _map_folders() -> dict[str, Traversable]:
    """Return the folders of rules that ship, by name; any other folder here has no file of rules."""
    folders = (folder for folder in (files("transform") / "rules").iterdir() if folder.is_dir())
    return {folder.name: folder for folder in folders if any(file.name.endswith(".toml") for file in folder.iterdir())}


def _list_shipped(name: str) -> dict[str, str]:
    """Return the texts of the files in a folder that ships, by their names, sorted."""
    folders = _map_folders()
    if name not in folders:
        raise BadRules(
            f"the rules {name!a} do not ship with the package (known: {', '.join(sorted(folders))})",
            next_step="give one of these names, or the path of a file that ends in .toml",
        )
    found = sorted(
        (file for file in folders[name].iterdir() if file.name.endswith(".toml")), key=lambda file: file.name
    )
    return {f"{name}/{file.name}": file.read_text("utf-8") for file in found}


def _parse_text(name: str, text: str, *, has_checks: bool) -> Iterator[Rule]:
    """Yield the rules of a file. The words of rules that ship are checked by tests, because that takes a second."""
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadRules(f"the rules {name!a} cannot be read ({error})") from error
    version = sha256(text.encode()).hexdigest()[:_VERSION_DIGITS]
    for kind, entries in content.items():
        if kind not in KINDS:
            raise BadRules(f"the rules {name!a} have a list {kind!a} (known: {', '.join(KINDS)})")
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise BadRules(f"in the rules {name!a}, {kind} must be a list: write [[{kind}]] above each rule")
        for number, entry in enumerate(entries, 1):
            yield _Reader(name, version, f"{kind} {number}", entry, has_checks).read_rule(kind)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one rule key by key, and names the file, the rule and the key in every refusal."""

    file: str
    version: str
    where: str
    entry: Mapping[str, Any]
    has_checks: bool

    def read_rule(self, kind: str) -> Rule:
        for key in self.entry.keys() - _KEYS:
            raise self.make_refusal(key, f"is not a known key (known: {', '.join(sorted(_KEYS))})")
        texts = {key: self.read_text(key) for key in _TEXTS}
        lists = {key: self.read_texts(key) for key in _LISTS}
        for key in ("value", *(("concept",) if kind == "mention" else ())):
            if not texts[key]:
                raise self.make_refusal(key, "is missing")
        if not lists["words"]:
            raise self.make_refusal("words", "is missing")
        if self.has_checks:
            for key in ("words", "pass_over"):
                for word in lists[key]:
                    self.check_word(key, word)
        name = texts["rule"] or texts["value"]
        return Rule(
            kind=kind,
            # Two concepts may have a value of the same name.
            name=f"{texts['concept']}: {name}" if kind == "mention" else name,
            value=texts["value"],
            words=lists["words"],
            pass_over=lists["pass_over"],
            alone=self.read_flag("alone"),
            source=texts["source"],
            concept=texts["concept"],
            file=self.file,
            version=self.version,
            unit=texts["unit"] or None,
            units=self.read_units(),
            minimum=self.read_number("minimum"),
            maximum=self.read_number("maximum"),
            examples=lists["examples"],
            counterexamples=lists["counterexamples"],
        )

    def make_refusal(self, key: str, problem: str) -> BadRules:
        """Make the error for a key."""
        return BadRules(f"in the rules {self.file!a}, `{ascii(key)[1:-1]}` of {self.where} {problem}")

    def read_text(self, key: str) -> str:
        value = self.entry.get(key, "")
        if not isinstance(value, str) or (key in self.entry and not value.strip()):
            raise self.make_refusal(key, "must be a text that is not empty")
        return " ".join(value.split())

    def read_texts(self, key: str) -> tuple[str, ...]:
        value = self.entry.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise self.make_refusal(key, "must be a list of texts that are not empty")
        return tuple(value)

    def read_flag(self, key: str) -> bool:
        value = self.entry.get(key, False)
        if not isinstance(value, bool):
            raise self.make_refusal(key, "must be true or false")
        return value

    def read_number(self, key: str) -> float | None:
        value = self.entry.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float | None):
            raise self.make_refusal(key, "must be a number")
        return None if value is None else float(value)

    def read_units(self) -> dict[str, float]:
        value = self.entry.get("units", {})
        if not isinstance(value, dict) or not all(
            isinstance(size, int | float) and not isinstance(size, bool) and size > 0 for size in value.values()
        ):
            raise self.make_refusal("units", "must be a table of numbers above 0")
        return {unit: float(size) for unit, size in value.items()}

    def check_word(self, key: str, word: str) -> None:
        """Refuse a word that is not a regular expression, or that matches nothing at all."""
        if _UNSUPPORTED.search(word):
            raise self.make_refusal(key, f"holds {word!a}: looking ahead or back and references are not possible")
        # Only files that people wrote are checked, and Arrow is slow to import.
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.compute as pc  # noqa: PLC0415

        try:
            pattern = re.compile(expand_word(word))
            # Arrow's RE2 refuses some of what Python takes.
            pc.match_substring_regex(pa.array([""]), expand_word(word))
        except (re.error, pa.ArrowInvalid) as error:
            raise self.make_refusal(key, f"holds {word!a}, which is not a regular expression ({error})") from error
        if pattern.search("") or pattern.search(" "):
            raise self.make_refusal(key, f"holds {word!a}, which matches a text without any word")
