"""Every error ends in one sentence: what happened, what still stands, what to do next; and an exit code."""

from __future__ import annotations

import copy
import pickle
import re

import pytest
from typer.main import get_command

from extract import errors
from extract.errors import AclfError, RefusedInput, RegistryChangedShape, RegistryRefused, RunFailed
from flows.cli.app import app
from flows.errors import Interrupted, Terminated
from tests.tools import errors_page
from warehouse.errors import Busy
from warehouse.reading.query import run_query

TREE = errors_page.tree()
COMMANDS = get_command(app).commands  # type: ignore[attr-defined]  # of several commands Typer makes a group
FLAGS = {
    flag for command in COMMANDS.values() for option in command.params for flag in option.opts + option.secondary_opts
}


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


def test_the_page_has_every_sentence():
    """`docs/errors.md` is what the code says today; `python -m tests.tools.errors_page` writes it anew."""
    assert errors_page.PAGE.read_text() == errors_page.page()


@pytest.mark.parametrize("error", [error for error in TREE if error not in errors_page.FAMILIES])
def test_every_error_is_made_somewhere(error):
    """No class is only drawn: the product makes each, and tells it on the page."""
    assert error.__name__ in errors_page.made()
    assert f"## {error.__name__} (exit {error.exit_code})\n" in errors_page.page()


@pytest.mark.parametrize("family", errors_page.FAMILIES)
def test_no_family_is_made(family):
    """What only gathers others is never raised itself: it would say too little."""
    assert family.__name__ not in errors_page.made()


@pytest.mark.parametrize("sentence", errors_page.sentences(), ids=str)
def test_what_is_told_to_do_can_be_done(sentence):
    """Each command, flag and file that a sentence names is there, and it ends without a stop of its own."""
    told = f"{sentence.stands}; {sentence.next_step}"
    assert set(re.findall(r"`aclf ([a-z]+)", told)) <= set(COMMANDS)
    assert set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", told)) <= FLAGS
    assert all((errors_page.ROOT / file).exists() for file in re.findall(r"(?:docs|extract)/\w+\.\w+", told))
    assert not sentence.happened.endswith(".")
    assert not sentence.next_step.endswith(".")


def test_the_columns_can_be_looked_up(published):
    """The statement that a refused query points to is answered."""
    assert len(run_query(published, "select * from duckdb_columns()")[1]) > 100


def test_a_broken_store_can_be_moved_away(held):
    """What is told of a store that cannot be opened works: moved away, it is made anew from the warehouse."""
    store = held.folder / ".aclf" / "store.duckdb"
    store.write_bytes(b"not a database" * 1000)
    broken = held("sync", "--direct")
    assert broken.code == 1
    assert "move .aclf/store.duckdb away and run the command again" in broken.err
    store.rename(store.with_suffix(".away"))
    assert held("sync", "--direct").code == 0
    assert held.rows("select count(*) from trials") == [(73,)]


@pytest.mark.slow
def test_a_trial_that_is_not_held_can_be_fetched(held):
    """What is told of a trial that the warehouse has nothing of works, word for word."""
    missing = held("changes", "NCT07329036")
    assert missing.code == 2
    (command,) = re.findall(r"`aclf (.*?)`", missing.err)
    assert held(*command.split(), "--registry", "sample").code == 0
    assert held("changes", "NCT07329036").code == 0
