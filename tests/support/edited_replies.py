"""Replies of the registry with pieces cut out, put in and replaced, for property tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Sequence

_PIECES = [b'{"studies":[', b'{"protocolSection":', *(bytes([letter]) for letter in b'"\\,]}:{[\n1')]
_BETWEEN = [b",", b" ,\n", b""]
_LONGEST_CUT = 3


def make_reply(studies: Sequence[bytes], between: bytes = b",") -> bytes:
    """Return a reply with these studies, which need not be JSON."""
    return b'{"studies":[' + between.join(studies) + b'],"nextPageToken":"a"}'


def edited_replies(studies: Sequence[bytes], pieces: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Return the replies with these studies, each with up to three edits.

    Args:
        studies: The studies, as JSON.
        pieces: What is put in, besides the studies and the parts of which JSON is made.
    """
    edit = st.tuples(st.floats(0, 1), st.integers(0, _LONGEST_CUT), st.sampled_from([*studies, *pieces, *_PIECES]))
    return st.builds(
        lambda between, edits: _edit(make_reply(studies, between), edits),
        st.sampled_from(_BETWEEN),
        st.lists(edit, max_size=3),
    )


def _edit(body: bytes, edits: Sequence[tuple[float, int, bytes]]) -> bytes:
    """Put each piece at its place (0 to 1 of the body), instead of so many bytes."""
    for place, length, piece in edits:
        begin = int(place * len(body))
        body = body[:begin] + piece + body[begin + length :]
    return body
