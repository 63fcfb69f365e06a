"""A text is split at its lines and full stops, and nothing of it is lost."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transform.texts.sentences import split_sentences

TEXTS = st.text(st.sampled_from("aAbé1.!?。\n\r *-•()\\vs")) | st.text()


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One here. Two here? Three!", ["One here.", "Two here?", "Three!"]),
        (
            "* MELD 2.5 or more\n* Age, e.g. 18\n\n  - Child-Pugh C",
            ["MELD 2.5 or more", "Age, e.g. 18", "Child-Pugh C"],
        ),
        ("1. Age over 18. Not more.\n2.1. INR 1.5", ["1. Age over 18.", "Not more.", "2.1. INR 1.5"]),
        (
            "G-CSF vs. Placebo is tried by Dr. Li et al. In all.",
            ["G-CSF vs. Placebo is tried by Dr. Li et al. In all."],
        ),
        (
            "Chronic hepatitis C. Patients of Robert F. Kennedy.",
            ["Chronic hepatitis C.", "Patients of Robert F. Kennedy."],
        ),
        ("In the U.S. Army. End", ["In the U.S. Army.", "End"]),
        ("A score of 50. Then more; 2. Age", ["A score of 50.", "Then more; 2. Age"]),
        ("were excluded.The trial (see above.) Goes on", ["were excluded.", "The trial (see above.)", "Goes on"]),
        ("慢性肝病。年龄18岁！ 好", ["慢性肝病。", "年龄18岁！", "好"]),
        ("1\\. Age\r\n2\\. INR", ["1\\. Age", "2\\. INR"]),
        ("no stop before. a small letter", ["no stop before. a small letter"]),
        (" \n* \n*", []),
        ("", []),
    ],
)
def test_text_is_split_into_sentences(text, sentences):
    """Decimals, abbreviations, initials and the numbers of lists do not end a sentence."""
    assert split_sentences(text) == sentences


@given(TEXTS)
def test_sentences_are_pieces_of_the_text_in_order(text):
    """So each can be found in the record, and only list marks are left out."""
    rest = text
    for sentence in split_sentences(text):
        between, found, rest = rest.partition(sentence)
        assert found
        assert sentence == sentence.strip() != ""
        assert not re.search(r"\w", between)
    assert not re.search(r"\w", rest)


@given(TEXTS, TEXTS)
def test_line_that_is_added_changes_no_sentence(text, other):
    """A line is split without regard to its neighbours."""
    assert split_sentences(f"{text}\n{other}") == split_sentences(text) + split_sentences(other)
