"""A condition set is a file that a person edits: it is read strictly, and its mistakes are named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from extract.client.registry import Registry
from extract.condition_set import ConditionSet
from extract.errors import BadConditionSet
from extract.nct import NctId
from extract.sample.server import RegistryServer
from tests.support.made_studies import made_contents, made_study

LEAST = 'name = "x"\ntitle = "X"\nsearch = "gout"\n'


@pytest.fixture
def load(tmp_path):
    """Reads a set from the text of a file."""

    def loaded(text: str) -> ConditionSet:
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return ConditionSet.load(path)

    return loaded


def test_the_shipped_set_is_the_diseases():
    """`aclf` is found by its name, holds the disease's MeSH id, and believes no listing below thirty."""
    aclf = ConditionSet.load("aclf")
    assert aclf.name == "aclf"
    assert aclf.title == "Acute-on-chronic liver failure"
    assert aclf.mesh_ids == ("D065290",)
    assert aclf.minimum_trials == 30
    assert aclf.include == aclf.exclude == ()
    assert aclf.search is not None
    assert '"acute-on-chronic liver failure" OR ' in aclf.search
    assert "\n" not in aclf.search


def test_the_shipped_search_finds_the_disease_by_any_of_its_names():
    """Hyphenated or not, hepatic or liver, turned round or abbreviated; plain liver failure is not found."""
    names = [
        "Acute-On-Chronic Liver Failure",
        "Acute on Chronic Liver Failure",
        "Acute-on-Chronic Hepatic Failure",
        "Liver Failure, Acute on Chronic",
        "HBV-ACLF",
        "Liver Failure, Acute",
    ]
    contents = made_contents(*(made_study(n, conditions=[name]) for n, name in enumerate(names, start=1)))
    with (
        RegistryServer(contents) as server,
        Registry(server.url, requests_per_second=None, patience=20) as registry,
    ):
        found = registry.listing(ConditionSet.load("aclf")).studies
    assert [nct_id.number for nct_id in sorted(found)] == [1, 2, 3, 4, 5]


def test_the_least_that_a_file_needs(load):
    """Name, title and one of search and advanced are enough."""
    assert load(LEAST) == ConditionSet("x", "X", search="gout")
    assert load('name = "x"\ntitle = "X"\nadvanced = "AREA[Phase]PHASE3"') == ConditionSet(
        "x", "X", advanced="AREA[Phase]PHASE3"
    )


def test_all_that_a_file_may_hold(load):
    """Numbers are read as people write them, each once, and line breaks in a text are spaces."""
    text = """
        name = "mine"
        title = "Mine"
        search = '''
          "a b"
          OR c
        '''
        advanced = "AREA[StudyType]INTERVENTIONAL"
        mesh_ids = ["D065290", "C000712345"]
        include = ["nct03863002", " NCT03863002 ", "NCT05881668"]
        exclude = ["NCT03641872"]
        minimum_trials = 7
    """
    assert load(text) == ConditionSet(
        name="mine",
        title="Mine",
        search='"a b" OR c',
        advanced="AREA[StudyType]INTERVENTIONAL",
        mesh_ids=("D065290", "C000712345"),
        include=(NctId("NCT03863002"), NctId("NCT05881668")),
        exclude=(NctId("NCT03641872"),),
        minimum_trials=7,
    )


@pytest.mark.parametrize(
    ("text", "key", "problem"),
    [
        ('title = "X"\nsearch = "gout"', "name", "is missing"),
        ('name = "x"\nsearch = "gout"', "title", "is missing"),
        ('name = "x"\ntitle = "X"', "search", "both missing"),
        (LEAST + "minimum = 3", "minimum", "not a known key"),
        (LEAST + "[include]\nids = []", "include", "list of texts"),
        ('name = 7\ntitle = "X"\nsearch = "gout"', "name", "must be a text"),
        ('name = "  "\ntitle = "X"\nsearch = "gout"', "name", "not empty"),
        ('name = "x"\ntitle = "X"\nsearch = ""', "search", "not empty"),
        ('name = "x"\ntitle = "X"\nsearch = ["gout"]', "search", "must be a text"),
        ('name = "x"\ntitle = "X"\nsearch = "NCT03863002, nct05881668"', "search", "under `include`"),
        (LEAST + "advanced = true", "advanced", "must be a text"),
        (LEAST + 'mesh_ids = "D065290"', "mesh_ids", "list of texts"),
        (LEAST + "mesh_ids = [65290]", "mesh_ids", "list of texts"),
        (LEAST + 'mesh_ids = ["D06529"]', "mesh_ids", "'D06529', which is not a MeSH id"),
        (LEAST + 'mesh_ids = ["d065290"]', "mesh_ids", "not a MeSH id"),
        (LEAST + 'include = ["NCT1234567"]', "include", "did you mean NCT01234567"),
        (LEAST + 'exclude = ["../x"]', "exclude", "not an NCT number"),
        (
            LEAST + 'include = ["NCT03863002"]\nexclude = ["nct03863002"]',
            "exclude",
            "NCT03863002, which `include`",
        ),
        (LEAST + "minimum_trials = 0", "minimum_trials", "at least 1"),
        (LEAST + "minimum_trials = true", "minimum_trials", "whole number"),
        (LEAST + "minimum_trials = 2.5", "minimum_trials", "whole number"),
        (LEAST + 'minimum_trials = "30"', "minimum_trials", "whole number"),
    ],
)
def test_what_is_wrong_is_named(load, text, key, problem):
    """Unknown keys, wrong types and values that cannot be meant are refused by file and key."""
    with pytest.raises(BadConditionSet) as caught:
        load(text)
    message = str(caught.value)
    assert "mine.toml" in message
    assert f"`{key}` " in message
    assert problem in message
    assert "no request was sent" in message


@pytest.mark.parametrize("content", [b"name = ", b"\xff\xfe", b'name = "x"\nname = "y"'])
def test_a_file_that_is_no_toml_is_refused(tmp_path, content):
    """Half a line, bytes that are not UTF-8 and a key given twice are refused with the file's name."""
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    with pytest.raises(BadConditionSet, match=r"broken\.toml"):
        ConditionSet.load(str(path))


@pytest.mark.parametrize("name", ["gout", "", "ACLF", "..", "aclf\n"])
def test_a_name_that_does_not_ship_is_refused(name):
    """A bare word is the name of a set that ships; others are refused with the names that exist."""
    with pytest.raises(BadConditionSet, match=r"known: aclf\)"):
        ConditionSet.load(name)


@pytest.mark.parametrize("path", ["missing.toml", "/", "./aclf", "a\x00.toml"])
def test_a_path_without_a_file_is_refused(path, tmp_path, monkeypatch):
    """What looks like a path is only read as one, and a folder is no file."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadConditionSet, match="cannot be read"):
        ConditionSet.load(path)


def test_an_edited_set_has_another_digest():
    """Each part that has a meaning changes the digest; wording and order do not."""
    first = ConditionSet("x", "X", "a", "b", ("D000001",), (NctId("NCT00000001"), NctId("NCT00000002")), (), 3)
    others = [
        replace(first, search="b"),
        replace(first, search=None),
        replace(first, advanced=None),
        replace(first, search="b", advanced="a"),
        replace(first, mesh_ids=()),
        replace(first, include=()),
        replace(first, include=(), exclude=first.include),
        replace(first, minimum_trials=4),
    ]
    assert len({first.digest, *(other.digest for other in others)}) == 1 + len(others)
    assert replace(first, title="Y", include=first.include[::-1]).digest == first.digest
    assert len(first.digest) == 64


def test_a_file_nested_beyond_reason_is_refused(load):
    """Two thousand lists in lists are no condition set, and no fault of this program."""
    with pytest.raises(BadConditionSet, match="nested beyond reason"):
        load("search = " + "[" * 2000)


def test_a_refusal_writes_no_control_character(load):
    """A key is named in ASCII, so that no file moves the cursor of the terminal that shows its mistake."""
    with pytest.raises(BadConditionSet, match=r"x1b\[31m.n` is not a known key") as refused:
        load(LEAST + '"\\u001b[31m\\n" = 1')
    assert str(refused.value).isprintable()
