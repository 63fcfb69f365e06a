"""Every error has an exit code and one sentence: what happened, what still stands, what to do next."""

from __future__ import annotations

import copy
import pickle
import re

import pytest

from extract import errors
from extract.errors import AclfError, RefusedInput, RegistryChangedShape, RegistryRefused, RunFailed
from flows.errors import Interrupted, Terminated
from tests.support.command_group import list_commands
from tests.tools import errors_page
from warehouse.errors import Busy
from warehouse.reading.query import run_query

TREE = errors_page.list_errors()
COMMANDS = list_commands()
FLAGS = {
    flag for command in COMMANDS.values() for option in command.params for flag in option.opts + option.secondary_opts
}


@pytest.mark.parametrize("error", TREE)
def test_every_message_has_three_parts(error):
    """A message says what happened, what still stands and what to do next, in one line with one full stop."""
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
    """Each class has its own docstring and the exit code of its family."""
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


def test_an_error_keeps_its_details():
    """A refusal keeps its status, and an error about a reply's shape keeps the body, when they are pickled."""
    assert pickle.loads(pickle.dumps(RegistryRefused("no", status=400))).status == 400
    assert pickle.loads(pickle.dumps(RegistryChangedShape("no", reply=b"{}"))).reply == b"{}"


def test_a_raise_can_give_its_own_parts():
    """The code that raises an error can say itself what stands and what to do next."""
    error = RunFailed("it broke", stands="the first half was published", next_step="do the other half")
    assert str(error) == "it broke; the first half was published; do the other half."


def test_the_page_has_every_sentence():
    """`docs/errors.md` has the sentences that the code has today; `make docs` writes it again."""
    assert errors_page.PAGE.read_text() == errors_page.make_page()


@pytest.mark.parametrize("error", [error for error in TREE if error not in errors_page.FAMILIES])
def test_every_error_is_made_somewhere(error):
    """The product raises each class, and the page shows it."""
    assert error.__name__ in errors_page.find_raised_errors()
    assert f"## {error.__name__} (exit {error.exit_code})\n" in errors_page.make_page()


@pytest.mark.parametrize("family", errors_page.FAMILIES)
def test_no_family_is_made(family):
    """A class that only groups others is never raised itself, because it would say too little."""
    assert family.__name__ not in errors_page.find_raised_errors()


@pytest.mark.parametrize("sentence", errors_page.read_sentences(), ids=str)
def test_the_next_step_of_a_sentence_is_possible(sentence):
    """Each command, flag and file that a sentence names exists; the parts of a sentence have no full stop."""
    advice = f"{sentence.stands}; {sentence.next_step}"
    assert set(re.findall(r"`aclf ([a-z]+)", advice)) <= set(COMMANDS)
    without_other_programs = re.sub(r"`(?!aclf )[^`]*`", "", advice)
    assert set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", without_other_programs)) <= FLAGS
    assert all((errors_page.ROOT / file).exists() for file in re.findall(r"(?:docs|extract)/\w+\.\w+", advice))
    assert not sentence.happened.endswith(".")
    assert not sentence.next_step.endswith(".")


def test_the_columns_can_be_looked_up(published):
    """The statement that the message of a refused query names has an answer."""
    assert len(run_query(published, "select * from duckdb_columns()")[1]) > 100


def test_a_broken_store_can_be_moved_away(synced_aclf):
    """The next step for a store that cannot be opened works: once it is moved away, a sync makes it again."""
    store = synced_aclf.folder / ".aclf" / "store.duckdb"
    store.write_bytes(b"not a database" * 1000)
    broken = synced_aclf("sync", "--direct")
    assert broken.code == 1
    assert "move .aclf/store.duckdb away and run the command again" in broken.err
    store.rename(store.with_suffix(".away"))
    assert synced_aclf("sync", "--direct").code == 0
    assert synced_aclf.rows("select count(*) from trials") == [(73,)]


@pytest.mark.slow
def test_a_trial_that_is_missing_can_be_fetched(synced_aclf):
    """The command that the message about an unknown trial names works, word for word."""
    missing = synced_aclf("changes", "NCT07329036")
    assert missing.code == 2
    (command,) = re.findall(r"`aclf (.*?)`", missing.err)
    assert synced_aclf(*command.split(), "--registry", "sample").code == 0
    assert synced_aclf("changes", "NCT07329036").code == 0
