"""Every error ends in one sentence: what happened, what still stands, what to do next; and an exit code."""

from __future__ import annotations

import copy
import pickle

import pytest

from extract import errors
from extract.errors import (
    AclfError,
    Busy,
    Interrupted,
    RefusedInput,
    RegistryChangedShape,
    RegistryRefused,
    RunFailed,
    Terminated,
)


def below(error: type[AclfError]) -> list[type[AclfError]]:
    """An error and all that is derived from it."""
    return [error, *(found for child in error.__subclasses__() for found in below(child))]


TREE = below(AclfError)


@pytest.mark.parametrize("error", TREE)
def test_every_message_has_three_parts(error):
    """A message is what happened, what still stands and what to do next, in one line with one full stop."""
    message = str(error("a thing happened"))
    happened, stands, next_step = message.split("; ")
    assert happened == "a thing happened"
    assert len(stands) > 10
    assert len(next_step) > 10
    assert message.endswith(".")
    assert not message.endswith("..")
    assert message.isprintable()


@pytest.mark.parametrize("error", TREE)
def test_every_error_explains_itself(error):
    """Each class has a docstring of its own and an exit code that its family promises."""
    assert error.__doc__
    codes = {Terminated: 143, Interrupted: 130, Busy: 75, RefusedInput: 2, AclfError: 1}
    assert error.exit_code == next(code for family, code in codes.items() if issubclass(error, family))


@pytest.mark.parametrize("error", [child for child in TREE if child.__module__ == "extract.errors"])
def test_the_tree_that_is_drawn_is_the_tree_that_is(error):
    """The module's docstring draws every class of the tree below its parent, at its depth."""
    lines = (errors.__doc__ or "").splitlines()
    drawn = next(line for line in lines if line.strip(" │├└─").startswith(f"{error.__name__} "))
    depth = (drawn.index(error.__name__) - 4) // 4
    assert depth == len(error.__mro__) - len(AclfError.__mro__)


@pytest.mark.parametrize("error", TREE)
def test_every_error_can_be_carried_between_processes(error):
    """An error keeps its message when it is pickled or copied, as a flow's workers do."""
    original = error("a thing happened")
    for twin in (pickle.loads(pickle.dumps(original)), copy.copy(original)):
        assert type(twin) is error
        assert str(twin) == str(original)


def test_details_are_carried_too():
    """A refusal keeps its status and a misshapen reply its body when they are pickled."""
    assert pickle.loads(pickle.dumps(RegistryRefused("no", status=400))).status == 400
    assert pickle.loads(pickle.dumps(RegistryChangedShape("no", reply=b"{}"))).reply == b"{}"


def test_a_place_may_say_it_better():
    """What stands and what to do next can be given where the error is raised."""
    error = RunFailed("it broke", stands="the first half was published", next_step="do the other half")
    assert str(error) == "it broke; the first half was published; do the other half."
