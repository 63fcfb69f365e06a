"""Arguments of the command line that have their type already are taken as they are.

Typer converts every value with pydantic, which takes longer to import than all that `aclf status` itself does.
A text or a default needs no conversion; the rest is Typer's.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from collections.abc import Callable

_LISTS = (list[str], list[str] | None)


class Command(TyperCommand):
    """A command of `aclf`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments, and return those that are left."""
        _keep_typed_values(self, ctx)
        return super().parse_args(ctx, args)


class Group(TyperGroup):
    """`aclf` itself, whose arguments are a command and that command's arguments."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments, and return those that are left."""
        _keep_typed_values(self, ctx)
        return super().parse_args(ctx, args)


def _keep_typed_values(command: TyperCommand | TyperGroup, ctx: Any) -> None:
    """Let the command's parameters convert only values that do not have their type."""
    assert command.callback is not None
    hints = get_type_hints(command.callback)
    for parameter in command.get_params(ctx):
        # `process_value` is the method by which Click makes a parameter's value of what was typed.
        # Click would split a variable with several values at spaces, and a path may have spaces.
        setattr(parameter, "envvar_list_splitter", ",")  # noqa: B010 - mypy takes it for a constant of the class
        convert = partial(_convert, parameter, parameter.process_value, hints.get(parameter.name or ""))
        setattr(parameter, "process_value", convert)  # noqa: B010 - mypy refuses a plain assignment to a method


def _convert(parameter: Any, process_value: Callable[..., Any], hint: Any, ctx: Any, value: Any) -> Any:
    """Return a parameter's value as it is if it has the type of the hint, and else what Click makes of it."""
    if parameter.nargs != 1 or parameter.multiple:
        # Click reports a required value that is missing.
        is_list_of_texts = hint in _LISTS if value else hint == list[str] and not parameter.required
        return list(value or ()) if is_list_of_texts else process_value(ctx, value)
    has_type = type(value) in (hint, *get_args(hint))
    is_absent = value is None and not parameter.required
    return value if has_type or is_absent else process_value(ctx, value)
