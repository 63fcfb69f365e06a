"""Bad input ends with exit code 2 and one sentence; no request is sent and nothing is written."""

from __future__ import annotations

import duckdb
import pytest

GOOD = "NCT03863002"

BAD_IDS = {
    "SQL": "NCT1'; drop table trials;--",
    "short": "NCT1234567",
    "path": "../x",
    "full-width digits": "NCT０３８６３００２",
    "line break inside": "NCT03863002\r\nX",
    "line break at the end": "NCT03863002\n",
    "empty": "",
}

BAD_SETS = {
    "not TOML": "name = ",
    "no search": 'name = "x"\ntitle = "x"\n',
}

BAD_SETTINGS = {
    "no such set": ["--condition-set", "hepatitis"],
    "no such file of a set": ["--condition-set", "nowhere.toml"],
    "another scheme": ["--registry", "ftp://127.0.0.1/api/v2"],
    "plain http elsewhere": ["--registry", "http://registry.example/api/v2"],
    "no address": ["--registry", ""],
    "line break in the address": ["--registry", "https://registry.example/\r\nHost: x"],
    "password in the address": ["--registry", "https://user:secret@registry.example/api/v2"],
    "warehouse in no folder": ["--warehouse", "nowhere/aclf.duckdb"],
    "folder as warehouse": ["--warehouse", "."],
    "rate 0": ["--rate", "0"],
    "negative rate": ["--rate", "-1"],
    "rate that is not a number": ["--rate", "nan"],
    "patience 0": ["--patience", "0"],
    "endless patience": ["--patience", "inf"],
    "negative wait": ["--wait", "-1"],
}


def refuse(aclf, registry, *arguments):
    """Return the message of a command that is refused as it should be."""
    before = aclf.files()
    ended = aclf(*arguments)
    assert ended.code == 2, ended
    assert ended.out == ""
    assert ended.err.startswith("aclf: ")
    assert ended.err.endswith(".\n")
    assert ended.err.count("\n") == 1
    assert "no request was sent" in ended.err
    assert registry.requests == []
    assert aclf.files() == before
    return ended.err


@pytest.mark.quick(3)
@pytest.mark.fault(52, 53, 54, 55)
@pytest.mark.parametrize("nct_id", BAD_IDS.values(), ids=BAD_IDS.keys())
def test_a_text_that_is_not_an_nct_number_is_refused(aclf, registry, nct_id):
    """A backfill of anything else sends no request, and the message shows an NCT number."""
    assert "as in NCT03863002" in refuse(aclf, registry, "backfill", "--direct", nct_id)


def test_one_bad_number_among_good_ones_is_enough(aclf, registry):
    """The good numbers of the same command are not requested either."""
    assert "'NCT1'" in refuse(aclf, registry, "backfill", "--direct", GOOD, "NCT1")


@pytest.mark.parametrize("text", BAD_SETS.values(), ids=BAD_SETS.keys())
def test_a_condition_set_that_cannot_be_used_is_refused(aclf, registry, text):
    """The message names a file that is not a condition set."""
    (aclf.folder / "bad.toml").write_text(text)
    assert "bad.toml" in refuse(aclf, registry, "sync", "--direct", "--condition-set", "bad.toml")


@pytest.mark.quick(4)
@pytest.mark.fault(47, 55)
@pytest.mark.parametrize("flags", BAD_SETTINGS.values(), ids=BAD_SETTINGS.keys())
def test_a_setting_that_cannot_be_used_is_refused(aclf, registry, flags):
    """An address, a path or a number that cannot be used ends the run before it begins (fault 47)."""
    refuse(aclf, registry, "sync", "--direct", *flags)


def test_a_password_is_not_repeated(aclf, registry):
    """A message about an address with a password does not show the password."""
    flags = BAD_SETTINGS["password in the address"]
    assert "secret" not in refuse(aclf, registry, "sync", "--direct", *flags)


def test_a_file_that_is_not_a_warehouse_is_left_alone(aclf, registry):
    """A foreign file at the path of the warehouse is neither copied nor replaced (faults 46, 47)."""
    (aclf.folder / "notes.txt").write_text("not a database\n")
    ended = aclf("sync", "--direct", "--warehouse", "notes.txt")
    assert ended.code in {1, 2}
    assert ended.err.count("\n") == 1
    assert registry.requests == []
    assert (aclf.folder / "notes.txt").read_text() == "not a database\n"


def test_a_foreign_database_is_left_alone(aclf, registry):
    """A DuckDB file that this program did not make keeps its tables, even one with the name trials."""
    file = aclf.folder / "mine.duckdb"
    with duckdb.connect(str(file)) as mine:
        mine.execute("create table trials as select 42 as answer")
    before = file.read_bytes()
    ended = aclf("sync", "--direct", "--warehouse", "mine.duckdb")
    assert ended.code in {1, 2}
    assert ended.err.count("\n") == 1
    assert registry.requests == []
    assert file.read_bytes() == before


def test_refused_input_is_printed_as_json_too(aclf, registry):
    """With --json the message is also in the one document on standard output."""
    ended = aclf("backfill", "--direct", "--json", "NCT1")
    assert ended.code == 2
    assert ended.document["outcome"] == "failed"
    assert ended.err == f"aclf: {ended.document['message']}\n"
    assert registry.requests == []
