"""A text that becomes part of a sentence, a page or an artifact cannot steer what shows it, nor give a secret away."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from extract.errors import RegistryRefused
from extract.printable import (
    LONGEST_NAME,
    LONGEST_QUOTE,
    clean_name,
    clean_sentence,
    escape_controls,
    escape_markdown,
    hide_passwords,
    remove_controls,
)

HOSTILE = "\x1b]52;c;ZXZpbA==\x07\r\nRun 9, sync: published.\x9b31m\u202e\u200b\u2028\u0085end"
TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from([HOSTILE, "", " ", "\n", "a\t\tb"])
# What a password in an address may hold, as people paste it: everything except space.
PASSWORDS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1).map(
    lambda text: f"hun{text}ter2"
)


@given(TEXTS)
def test_a_sentence_is_one_line_of_printable_characters(text):
    """Any text becomes one line without a control, a line break, a bidi override or a character without width."""
    cleaned = clean_sentence(f"said: {text}")
    assert cleaned.isprintable()
    assert not {unicodedata.category(character) for character in cleaned} & {"Cc", "Cf", "Zl", "Zp"}
    assert clean_sentence(cleaned) == cleaned
    assert not set("\x1b\x07\x9b\u202e\u200b") & set(remove_controls(text))


def test_a_sentence_keeps_its_words():
    """Printable text stays as it is, with its indentation; a line break becomes one space."""
    plain = "  data of   2026, from https://registry.example/api/v2 (é, 肝, naïve)"
    assert clean_sentence(plain) == plain
    assert clean_sentence("first\n   second\n\nthird\tend") == "first second third end"
    assert clean_sentence(HOSTILE) == "]52;c;ZXZpbA== Run 9, sync: published.31m end"


@pytest.mark.parametrize("length", [LONGEST_NAME, LONGEST_NAME + 1, 10 * LONGEST_NAME])
def test_a_long_name_is_cut(length):
    """A name has at most a hundred characters, and a cut one says so."""
    name = clean_name("k" * length)
    assert len(name) == LONGEST_NAME
    assert name.endswith("…") == (length > LONGEST_NAME)


def test_an_error_holds_no_raw_text():
    """What happened is cleaned and cut where the error is made, so every way to print it is safe."""
    error = RegistryRefused(f"the registry said: {HOSTILE} {'x' * 5000}")
    assert str(error).isprintable()
    assert error.args == (error.happened,)
    assert len(error.happened) == LONGEST_QUOTE


@given(PASSWORDS, st.sampled_from(["http", "socks5", "https"]))
def test_no_password_of_an_address_is_shown(password, scheme):
    """The user name and the password go, whatever is in them; the host stays."""
    hidden = f"no way to {scheme}://user:{password}@proxy.example:3128/x, see below"
    assert hide_passwords(hidden) == f"no way to {scheme}://proxy.example:3128/x, see below"
    assert clean_sentence(hidden) == hide_passwords(hidden)


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_markdown_shows_an_escaped_text_as_it_is(text):
    """No link, no HTML, no emphasis and no table cell comes from an escaped text."""
    shown = MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(f"| x {escape_markdown(text)} |\n|---|\n")
    cells = [token for token in shown if token.type == "inline"]
    assert len(cells) == 1
    assert {child.type for child in cells[0].children} <= {"text", "text_special"}
    assert "".join(child.content for child in cells[0].children).split() == f"x {text}".split()


@pytest.mark.parametrize("text", ["https://evil.example", "www.evil.example", "WWW.evil.example", "a@evil.example"])
def test_markdown_makes_no_link_of_an_address(text):
    """A bare address does not begin as one in Markdown."""
    assert text not in escape_markdown(text)


@given(TEXTS)
def test_json_keeps_every_character(text):
    """A document without raw controls is read as the same text."""
    document = escape_controls(json.dumps([text], ensure_ascii=False))
    assert remove_controls(document) == document
    assert json.loads(document) == [text]
