"""The NCT number: the only form in which an id enters a URL, a query or a file name."""

from __future__ import annotations

import re
from typing import Self

from extract.errors import BadNctNumber

_NCT_NUMBER = re.compile(r"NCT(?!0{8})[0-9]{8}")
_NEAR_MISS = re.compile(r"(?:NCT)?[ \t]*0*([1-9][0-9]{0,7})", re.IGNORECASE)
_LONGEST_QUOTE = 40


class NctId(str):
    """A ClinicalTrials.gov identifier: `NCT` and eight ASCII digits, not all zero.

    An HTTP client turns `studies/NCT1/../../x` into another path. This type prevents that: an instance always
    follows the rule.

    Args:
        text: The number in its exact form.

    Raises:
        BadNctNumber: The text is anything else.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Make an NCT number of a text in the exact form."""
        if not _NCT_NUMBER.fullmatch(text):
            raise BadNctNumber(f"{_quote(text)} is not an NCT number{_suggest_correction(text)}")
        return super().__new__(cls, text)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a number as people write it.

        Args:
            text: The number, in any case, with spaces or tabs around it.

        Returns:
            The number in its exact form.

        Raises:
            BadNctNumber: The text is not an NCT number.
        """
        # The registry also accepts a number without some of its zeros. Here such a number is refused with a
        # suggestion, because it may lack another digit instead.
        normal = text.strip(" \t").upper()
        if not _NCT_NUMBER.fullmatch(normal):
            raise BadNctNumber(f"{_quote(text)} is not an NCT number{_suggest_correction(normal)}")
        return cls(normal)

    @property
    def number(self) -> int:
        """The digits as an integer."""
        return int(self[3:])


def _quote(text: str) -> str:
    """Quote any text on one line of ASCII."""
    return ascii(text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE] + "...")


def _suggest_correction(text: str) -> str:
    """Return a question that names the number that may be meant, or an empty text."""
    meant = _NEAR_MISS.fullmatch(text) if text.isascii() else None
    return f" (did you mean NCT{meant[1]:0>8}?)" if meant else ""
