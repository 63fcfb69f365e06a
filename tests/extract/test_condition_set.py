"""A condition set is a file that a person edits: it is read strictly, and an error names the mistake."""

from __future__ import annotations

from dataclasses import replace

import pytest

from extract.client.registry import Registry
from extract.condition_set import ConditionSet
from extract.errors import BadConditionSet
from extract.nct import NctId
from extract.sample.server import RegistryServer
from tests.support.made_studies import make_contents, make_study

SMALLEST = 'name = "x"\ntitle = "X"\nsearch = "gout"\n'


@pytest.fixture
def load(tmp_path):
    """Return a function that reads a set from the text of a file."""

    def load_text(text: str) -> ConditionSet:
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return ConditionSet.load(path)

    return load_text


def test_the_shipped_set_describes_the_disease():
    """`aclf` is found by its name, holds the MeSH id of the disease, and believes no listing below thirty."""
    aclf = ConditionSet.load("aclf")
    assert aclf.name == "aclf"
    assert aclf.title == "Acute-on-chronic liver failure"
    assert aclf.mesh_ids == ("D065290",)
    assert aclf.minimum_trials == 30
    assert aclf.include == aclf.exclude == ()
    assert aclf.search is not None
    assert '"acute-on-chronic liver failure" OR ' in aclf.search
    assert "\n" not in aclf.search


def test_everything_is_every_study_of_the_registry():
    """`everything` finds each study, and believes no listing that cannot be the whole registry."""
    everything = ConditionSet.load("everything")
    assert everything.minimum_trials == 500_000
    contents = make_contents(*(make_study(n, conditions=[f"Disease {n}"]) for n in range(1, 4)))
    with (
        RegistryServer(contents) as server,
        Registry(server.url, requests_per_second=None, patience=20) as registry,
    ):
        assert len(registry.fetch_listing(everything).studies) == 3


def test_the_shipped_search_finds_the_disease_by_any_of_its_names():
    """Hyphenated or not, hepatic or liver, in another order or abbreviated; plain acute liver failure is not found."""
    names = [
        "Acute-On-Chronic Liver Failure",
        "Acute on Chronic Liver Failure",
        "Acute-on-Chronic Hepatic Failure",
        "Liver Failure, Acute on Chronic",
        "HBV-ACLF",
        "Liver Failure, Acute",
    ]
    contents = make_contents(*(make_study(n, conditions=[name]) for n, name in enumerate(names, start=1)))
    with (
        RegistryServer(contents) as server,
        Registry(server.url, requests_per_second=None, patience=20) as registry,
    ):
        found = registry.fetch_listing(ConditionSet.load("aclf")).studies
    assert [nct_id.number for nct_id in sorted(found)] == [1, 2, 3, 4, 5]


def test_a_file_needs_a_name_a_title_and_a_search(load):
    """Name, title, and one of search and advanced are enough."""
    assert load(SMALLEST) == ConditionSet("x", "X", search="gout")
    assert load('name = "x"\ntitle = "X"\nadvanced = "AREA[Phase]PHASE3"') == ConditionSet(
        "x", "X", advanced="AREA[Phase]PHASE3"
    )


def test_every_key_of_a_file_is_read(load):
    """Numbers are read as people write them, each once. A line break in a text counts as a space."""
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
        (SMALLEST + "minimum = 3", "minimum", "not a known key"),
        (SMALLEST + "[include]\nids = []", "include", "list of texts"),
        ('name = 7\ntitle = "X"\nsearch = "gout"', "name", "must be a text"),
        ('name = "  "\ntitle = "X"\nsearch = "gout"', "name", "not empty"),
        ('name = "x"\ntitle = "X"\nsearch = ""', "search", "not empty"),
        ('name = "x"\ntitle = "X"\nsearch = ["gout"]', "search", "must be a text"),
        ('name = "x"\ntitle = "X"\nsearch = "NCT03863002, nct05881668"', "search", "under `include`"),
        (SMALLEST + "advanced = true", "advanced", "must be a text"),
        (SMALLEST + 'mesh_ids = "D065290"', "mesh_ids", "list of texts"),
        (SMALLEST + "mesh_ids = [65290]", "mesh_ids", "list of texts"),
        (SMALLEST + 'mesh_ids = ["D06529"]', "mesh_ids", "'D06529', which is not a MeSH id"),
        (SMALLEST + 'mesh_ids = ["d065290"]', "mesh_ids", "not a MeSH id"),
        (SMALLEST + 'include = ["NCT1234567"]', "include", "did you mean NCT01234567"),
        (SMALLEST + 'exclude = ["../x"]', "exclude", "not an NCT number"),
        (
            SMALLEST + 'include = ["NCT03863002"]\nexclude = ["nct03863002"]',
            "exclude",
            "NCT03863002, which `include`",
        ),
        (SMALLEST + "minimum_trials = 0", "minimum_trials", "at least 1"),
        (SMALLEST + "minimum_trials = true", "minimum_trials", "whole number"),
        (SMALLEST + "minimum_trials = 2.5", "minimum_trials", "whole number"),
        (SMALLEST + 'minimum_trials = "30"', "minimum_trials", "whole number"),
    ],
)
def test_a_refusal_names_the_file_and_the_key(load, text, key, problem):
    """Unknown keys, wrong types and impossible values are refused; the message names the file and the key."""
    with pytest.raises(BadConditionSet) as caught:
        load(text)
    message = str(caught.value)
    assert "mine.toml" in message
    assert f"`{key}` " in message
    assert problem in message
    assert "no request was sent" in message


@pytest.mark.parametrize("content", [b"name = ", b"\xff\xfe", b'name = "x"\nname = "y"'])
def test_a_file_that_is_not_toml_is_refused(tmp_path, content):
    """Half a line, bytes that are not UTF-8 and a repeated key are refused; the message names the file."""
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    with pytest.raises(BadConditionSet, match=r"broken\.toml"):
        ConditionSet.load(str(path))


@pytest.mark.parametrize("name", ["gout", "", "ACLF", "..", "aclf\n"])
def test_an_unknown_name_is_refused(name):
    """A single word is the name of a shipped set; any other word is refused, and the message lists the names."""
    with pytest.raises(BadConditionSet, match=r"known: aclf, everything\)"):
        ConditionSet.load(name)


@pytest.mark.parametrize("path", ["missing.toml", "/", "./aclf", "a\x00.toml"])
def test_a_path_without_a_file_is_refused(path, tmp_path, monkeypatch):
    """A text that looks like a path is only read as a path, and a folder is not a file."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadConditionSet, match="cannot be read"):
        ConditionSet.load(path)


def test_an_edited_set_has_another_digest():
    """Every part with a meaning changes the digest; the title and the order of ids do not."""
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


def test_a_file_that_is_nested_too_deep_is_refused(load):
    """Two thousand lists in lists are refused as input, and do not end in an internal error."""
    with pytest.raises(BadConditionSet, match="nested too deep"):
        load("search = " + "[" * 2000)


def test_a_refusal_holds_no_control_character(load):
    """A message names the key in ASCII, so that a file cannot control the terminal that shows the message."""
    with pytest.raises(BadConditionSet, match=r"x1b\[31m.n` is not a known key") as refused:
        load(SMALLEST + '"\\u001b[31m\\n" = 1')
    assert str(refused.value).isprintable()
