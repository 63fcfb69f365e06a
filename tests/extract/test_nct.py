"""Only an NCT number becomes an `NctId`, so that nothing else reaches a URL, a query or a file name."""

from __future__ import annotations

import copy
import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.errors import BadNctNumber
from extract.nct import NctId

NUMBERS = st.integers(min_value=1, max_value=99_999_999)
AROUND = st.text(alphabet=" \t", max_size=3)


@pytest.mark.fault(53)
@given(number=NUMBERS, before=AROUND, after=AROUND, shout=st.booleans())
def test_case_and_spaces_do_not_matter(number, before, after, shout):
    """Every number is read in either case, with spaces or tabs around it."""
    written = f"NCT{number:08}" if shout else f"nct{number:08}"
    nct_id = NctId.parse(before + written + after)
    assert nct_id == f"NCT{number:08}"
    assert nct_id.number == number


@pytest.mark.fault(52, 53, 54, 55)
@pytest.mark.parametrize(
    "text",
    [
        "NCT1'; drop table study;--",
        "NCT0/../../x",
        "../NCT03863002",
        "NCT03863002/../..",
        "NCT%2e%2e",
        "NCT03863002%2e%2e",
        "NCT03863002?fields=NCTId",
        "NCT03863002\n",
        "\nNCT03863002",
        "NCT03863002\r\n",
        "NCT0386\n3002",
        "NCT03863002\x00",
        "NCT03863002\x0b",
        "NCT０３８６３００２",
        "ＮＣＴ03863002",
        "NCT٠٣٨٦٣٠٠٢",
        "NCT\u200b03863002",
        "\xa0NCT03863002",
        "NCT00000000",
        "NCT 03863002",
        "NCT03863002 NCT05881668",
        "NCT038630021",
        "03863002",
        "NCT",
        "",
        " ",
    ],
)
def test_any_other_text_is_refused(text):
    """SQL, paths, escapes, line breaks, digits of other scripts and all zeros are refused."""
    with pytest.raises(BadNctNumber):
        NctId.parse(text)
    with pytest.raises(BadNctNumber):
        NctId(text)


@pytest.mark.fault(53)
@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("NCT1234567", "NCT01234567"),
        ("nct4437511", "NCT04437511"),
        ("NCT7", "NCT00000007"),
        ("04437511", "NCT04437511"),
        ("NCT 04437511", "NCT04437511"),
        ("NCT004437511", "NCT04437511"),
    ],
)
def test_a_near_miss_is_refused_with_a_suggestion(text, meant):
    """A number without some of its zeros is not padded, because it may lack another digit instead."""
    with pytest.raises(BadNctNumber, match=rf"did you mean {meant}\?"):
        NctId.parse(text)


@pytest.mark.parametrize("text", ["nct03863002", " NCT03863002", "../x", "NCT1234567"])
def test_the_constructor_takes_the_exact_form_only(text):
    """Every instance has the exact form, so code that receives an `NctId` need not check it."""
    with pytest.raises(BadNctNumber):
        NctId(text)


@given(st.text(alphabet=st.characters(), max_size=16))
def test_any_text_is_refused_or_has_the_form(text):
    """Any text is either refused or read as `NCT` and eight ASCII digits."""
    try:
        nct_id = NctId.parse(text)
    except BadNctNumber:
        return
    assert re.fullmatch(r"NCT[0-9]{8}", nct_id, re.ASCII)


@given(NUMBERS)
def test_a_copy_keeps_the_type(number):
    """A number that is pickled or copied keeps its value and its type."""
    nct_id = NctId(f"NCT{number:08}")
    for twin in (pickle.loads(pickle.dumps(nct_id)), copy.deepcopy(nct_id)):
        assert twin == nct_id
        assert type(twin) is NctId


def test_a_refusal_is_one_printable_line():
    """Line breaks and escape codes of the input are escaped in the message, and a long input is cut."""
    with pytest.raises(BadNctNumber) as caught:
        NctId.parse("NCT\r\n\x1b[31m" + "9" * 5000)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 250
