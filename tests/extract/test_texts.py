"""Files of editors on Windows are read: a byte order mark says how they are encoded."""

from __future__ import annotations

import pytest

from extract.condition_set import ConditionSet
from extract.errors import BadConditionSet
from extract.texts import decode_text

SET = 'name = "mine"\ntitle = "Lebererkrankung – é"\nsearch = "liver"\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_mark_says_how_a_text_is_encoded(tmp_path, encoding):
    """A condition set with a byte order mark is the same set."""
    file = tmp_path / "mine.toml"
    file.write_bytes(SET.encode(encoding))
    assert ConditionSet.load(file).title == "Lebererkrankung – é"
    assert decode_text("é".encode(encoding)) == "é"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "cp1252"])
def test_a_text_without_a_mark_is_utf8_or_refused(tmp_path, encoding):
    """What is not UTF-8 and has no mark is refused in a sentence."""
    file = tmp_path / "mine.toml"
    file.write_bytes(SET.replace("–", "-").encode(encoding))
    with pytest.raises(BadConditionSet, match="cannot be read"):
        ConditionSet.load(file)
