"""Make `docs/errors.md`: every error class with its exit code and the sentences of its messages.

The sentences are read from the code: from each call that makes an error, its message, and what stands and what to do
next, where the call gives them and does not use those of the class. `make docs` writes the page.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import flows.errors  # noqa: F401 - imported because its errors are subclasses of AclfError
import warehouse.errors  # noqa: F401 - for the same reason
from extract.errors import AclfError, RefusedInput, RegistryError, ReplyUnusable, RunFailed
from tests.support.folders import DOCS, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = DOCS / "errors.md"
PACKAGES = ("extract", "transform", "warehouse", "flows")
FAMILIES: tuple[type[AclfError], ...] = (AclfError, RefusedInput, RunFailed, RegistryError, ReplyUnusable)
"""The errors that the code never raises itself; it raises their subclasses."""

_PLACEHOLDER = "…"
_HEAD = """# Every failure, and what to do

A command that fails ends with an exit code and one sentence: what happened; what still stands; what to do next. Here
are all of these sentences, read from the code (`…` is a name, a number, or a message of another program). `make docs`
writes this page.

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
    """A sentence that a command can end with, and the file that makes it."""

    error: str
    happened: str
    stands: str
    next_step: str
    file: str

    def __str__(self) -> str:
        return f"{self.happened}; {self.stands}; {self.next_step}."


def list_errors(error: type[AclfError] = AclfError) -> list[type[AclfError]]:
    """Return an error class and all classes below it; the subclasses of one class are sorted by name."""
    errors = [error]
    for child in sorted(error.__subclasses__(), key=lambda child: child.__name__):
        errors += list_errors(child)
    return errors


@cache
def read_sentences() -> tuple[Sentence, ...]:
    """Return every sentence, in the order of the files."""
    sentences: list[Sentence] = []
    for file, module in _parse_modules():
        sentences += _read_module_sentences(file, module)
    return tuple(sentences)


@cache
def find_raised_errors() -> frozenset[str]:
    """Return the names of the errors that the code makes: it calls them, or passes them on to be called."""
    names: set[str] = set()
    for _, module in _parse_modules():
        names.update(_find_made_names(module))
    return frozenset(names)


def make_page() -> str:
    """Return the page as Markdown."""
    parts = [_HEAD]
    for error in list_errors():
        if error in FAMILIES:
            continue
        summary = (error.__doc__ or "").partition("\n")[0]
        parts.append(f"\n## {error.__name__} (exit {error.exit_code})\n{summary}\n")
        sentences = dict.fromkeys(str(sentence) for sentence in read_sentences() if sentence.error == error.__name__)
        # An error that is passed on to be called has no sentence in the code; show its form.
        parts += [f"- {sentence}" for sentence in sentences] or [f"- {error(_PLACEHOLDER)}"]
    return "\n".join(parts) + "\n"


def _parse_modules() -> Iterator[tuple[str, ast.Module]]:
    """Yield the path and the syntax tree of every module of the product."""
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            yield str(file.relative_to(ROOT)), ast.parse(file.read_text())


def _read_module_sentences(file: str, module: ast.Module) -> Iterator[Sentence]:
    errors = {error.__name__: error for error in list_errors()}
    for node in ast.walk(module):
        match node:
            case ast.Call(func=ast.Name(id=name), args=[message, *_], keywords=keywords) if name in errors:
                texts = {keyword.arg: _read_text(keyword.value) for keyword in keywords}
                error = errors[name]
                stands, next_step = texts.get("stands", error.stands), texts.get("next_step", error.next_step)
                yield Sentence(name, _read_text(message), stands, next_step, file)


def _find_made_names(module: ast.Module) -> Iterator[str]:
    """Yield the names that a module uses, except to catch, to test with isinstance, to subclass and to annotate."""
    ignored: set[ast.AST] = set()
    for node in ast.walk(module):
        for expression in _get_passive_expressions(node):
            ignored.update(ast.walk(expression))
    used = (node for node in ast.walk(module) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
    return (node.id for node in used if node not in ignored)


def _get_passive_expressions(node: ast.AST) -> list[ast.expr]:  # noqa: PLR0911 - one for each form
    """Return the parts of a node that name classes without making an object of them."""
    match node:
        case ast.ExceptHandler(type=kind) | ast.Call(func=ast.Name(id="isinstance"), args=[_, kind]) if kind:
            return [kind]
        case ast.Call(func=ast.Name(id="suppress"), args=kinds):
            return kinds
        case ast.Call(func=ast.Attribute(attr="add_exception_handler"), args=[kind, *_]):
            return [kind]
        case ast.ClassDef(bases=bases):
            return bases
        case ast.arg(annotation=note) | ast.AnnAssign(annotation=note) if note:
            return [note]
        case ast.FunctionDef(returns=note) if note:
            return [note]
    return []


def _read_text(node: ast.expr) -> str:
    """Return a text as the code has it, with `…` for every part that is only known when the code runs."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_read_text(part) for part in node.values)
    return _PLACEHOLDER
