"""The NCT number: the only form in which an id reaches a URL, a query or a file name."""

from __future__ import annotations

import re
from typing import Self

from extract.errors import BadNctNumber

_NCT_NUMBER = re.compile(r"NCT(?!0{8})[0-9]{8}")
_MEANT = re.compile(r"(?:NCT)?[ \t]*0*([1-9][0-9]{0,7})", re.IGNORECASE)


class NctId(str):
    """A ClinicalTrials.gov identifier: `NCT` and eight ASCII digits, not all zero.

    An HTTP client turns `studies/NCT1/../../x` into another path, so this type is what keeps a text from
    becoming one: there is no instance that breaks the rule.

    Args:
        text: The number in its one exact form.

    Raises:
        BadNctNumber: The text is anything else.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Make a number of a text that is one."""
        if not _NCT_NUMBER.fullmatch(text):
            raise BadNctNumber(f"{_shown(text)} is not an NCT number{_suggestion(text)}")
        return super().__new__(cls, text)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a number as people write it.

        Args:
            text: The number, in any case, with spaces or tabs around it. The registry's own pattern also
                takes a number short of its zeros; here that is refused with a suggestion, for it may as
                well lack another digit.

        Returns:
            The number in its exact form.

        Raises:
            BadNctNumber: The text is not an NCT number.
        """
        normal = text.strip(" \t").upper()
        if not _NCT_NUMBER.fullmatch(normal):
            raise BadNctNumber(f"{_shown(text)} is not an NCT number{_suggestion(normal)}")
        return cls(normal)

    @property
    def number(self) -> int:
        """The digits as an integer."""
        return int(self[3:])


def _shown(text: str) -> str:
    """Quote any text within one line of ASCII."""
    return ascii(text if len(text) <= 40 else text[:40] + "...")


def _suggestion(text: str) -> str:
    meant = _MEANT.fullmatch(text) if text.isascii() else None
    return f" (did you mean NCT{meant[1]:0>8}?)" if meant else ""
