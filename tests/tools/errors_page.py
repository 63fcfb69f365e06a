"""`docs/errors.md`: every failure that has a class, with its exit code and the sentences it is told in.

The sentences are read from the code: each place that makes an error, its message and, where the place says them better
than the class does, what stands and what to do next. `make docs` writes the page.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import flows.errors  # noqa: F401 - its errors are part of the tree
import warehouse.errors  # noqa: F401 - and these
from extract.errors import AclfError, RefusedInput, RegistryError, ReplyUnusable, RunFailed
from tests.support.folders import DOCS, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = DOCS / "errors.md"
PACKAGES = ("extract", "transform", "warehouse", "flows")
FAMILIES: tuple[type[AclfError], ...] = (AclfError, RefusedInput, RunFailed, RegistryError, ReplyUnusable)
"""Errors that are never made: what is below them is."""

_SOMETHING = "…"
_HEAD = """# Every failure, and what to do

A command that fails ends with a code and one sentence: what happened; what still stands; what to do next. Here are
all of them, as the code has them (`…` is a name, a number, or what somebody else said). `make docs` writes this
page.

| exit | meaning |
|---|---|
| 0 | published, or nothing had changed |
| 1 | failed: nothing was published, yesterday's file stands |
| 2 | refused: wrong usage or input |
| 3 | published, and something was newly set aside |
| 75 | another run holds the lock |
| 130, 143 | ended by Ctrl-C, by SIGTERM |
"""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that the code can end in, and the file that has it."""

    error: str
    happened: str
    stands: str
    next_step: str
    file: str

    def __str__(self) -> str:
        return f"{self.happened}; {self.stands}; {self.next_step}."


def tree(error: type[AclfError] = AclfError) -> list[type[AclfError]]:
    """An error and all that are below it, those of one parent by name."""
    children = sorted(error.__subclasses__(), key=lambda child: child.__name__)
    return [error, *(found for child in children for found in tree(child))]


@cache
def sentences() -> tuple[Sentence, ...]:
    """Every sentence, in the order of the files."""
    return tuple(sentence for file, module in _modules() for sentence in _in_module(file, module))


@cache
def made() -> frozenset[str]:
    """The names of the errors that the code makes: called, or handed on to be called."""
    return frozenset(name for _, module in _modules() for name in _made(module))


def page() -> str:
    """The page."""
    parts = [_HEAD]
    for error in tree():
        if error in FAMILIES:
            continue
        parts.append(f"\n## {error.__name__} (exit {error.exit_code})\n{(error.__doc__ or '').partition(chr(10))[0]}\n")
        told = dict.fromkeys(str(sentence) for sentence in sentences() if sentence.error == error.__name__)
        parts += [f"- {sentence}" for sentence in told] or [f"- {error(_SOMETHING)}"]
    return "\n".join(parts) + "\n"


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            yield str(file.relative_to(ROOT)), ast.parse(file.read_text())


def _in_module(file: str, module: ast.Module) -> Iterator[Sentence]:
    known = {error.__name__: error for error in tree()}
    for node in ast.walk(module):
        for error in _called(node, known):
            assert isinstance(node, ast.Call)
            words = {word.arg: _text(word.value) for word in node.keywords}
            stands, next_step = words.get("stands", error.stands), words.get("next_step", error.next_step)
            yield Sentence(error.__name__, _text(node.args[0]), stands, next_step, file)


def _called(node: ast.AST, known: dict[str, type[AclfError]]) -> list[type[AclfError]]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
        return [known[node.func.id]] if node.func.id in known else []
    return []


def _made(module: ast.Module) -> Iterator[str]:
    """The names that are used but for catching them, asking for them, deriving from them and annotating with them."""
    passive = set()
    for node in ast.walk(module):
        match node:
            case ast.ExceptHandler(type=kind) if kind:
                passive |= set(ast.walk(kind))
            case ast.Call(func=ast.Name(id="isinstance"), args=[_, kind]):
                passive |= set(ast.walk(kind))
            case ast.Call(func=ast.Name(id="suppress"), args=kinds):
                passive |= {below for kind in kinds for below in ast.walk(kind)}
            case ast.ClassDef(bases=bases):
                passive |= {below for base in bases for below in ast.walk(base)}
            case ast.arg(annotation=note) | ast.AnnAssign(annotation=note) if note:
                passive |= set(ast.walk(note))
            case ast.FunctionDef(returns=note) if note:
                passive |= set(ast.walk(note))
    used = (node for node in ast.walk(module) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
    return (node.id for node in used if node not in passive)


def _text(node: ast.expr) -> str:
    """A text as far as the code has it."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) for part in node.values)
    return _SOMETHING
