"""Read texts that people wrote in an editor: UTF-8, or what editors on Windows save with a mark at the beginning."""

from __future__ import annotations

import codecs

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""The byte order marks and their encodings. UTF-32 comes before UTF-16, because its mark begins with the same bytes."""


def decode_text(data: bytes) -> str:
    """Return the text of a file: in the encoding of its byte order mark, or in UTF-8 if it has none.

    Raises:
        UnicodeDecodeError: The bytes are not a text in that encoding.
    """
    encoding = next((name for mark, name in _MARKS.items() if data.startswith(mark)), "utf-8")
    if encoding == "utf-8" and (position := data.find(b"\0")) >= 0:
        reason = "a zero byte, as in UTF-16 without a byte order mark"
        raise UnicodeDecodeError(encoding, data, position, position + 1, reason)
    return data.decode(encoding)
