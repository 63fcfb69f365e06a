"""The studies of a reply, one after the other, so that each can be parsed, used and freed before the next one.

A parsed reply of 200 studies takes some 20 MB, and only a small part of that stays at hand in a processor.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

from extract.client import api
from extract.client.reply import parse_json, parse_strictly

_BEGINNING = re.compile(rb'\{(?:"%b":[0-9]+,)?"%b":\[\s*' % (api.TOTAL_COUNT.encode(), api.STUDIES.encode()))
_STUDY_BEGINS = b'{"%s":' % api.NCT_ID[0].encode()
_WHITESPACE = b" \t\n\r"

_OUTLINE = (api.NCT_ID, api.ALIASES, api.OVERALL_STATUS, api.LAST_UPDATE_POST_DATE, api.VERSION_HOLDER)


def split_studies(body: bytes) -> tuple[list[bytes], bytes]:
    """Return the text of each study of a reply, and the reply with an empty list of studies. Nothing is parsed.

    The caller parses all of these texts. If all are JSON, so is the reply, because it is put together from them as JSON
    puts together a list: with a comma between two studies. If one is not, that says nothing about the reply: it may
    have been cut in the wrong place. The emptied reply has to be parsed strictly: it may have a second list.

    Args:
        body: the reply, as the registry writes it: `studies` is its first key, or the second one after the total, and
            `protocolSection` is the first of a study.

    Raises:
        ValueError: the reply is written in another way.
    """
    beginning, *studies = body.split(_STUDY_BEGINS)
    if not _BEGINNING.fullmatch(beginning) or not studies:
        raise ValueError("the reply does not begin as the registry's do")
    last, _, end = studies.pop().rpartition(b"]")
    texts = []
    for study in studies:
        text, _, space = study.rpartition(b",")
        if space.strip(_WHITESPACE):
            raise ValueError("there is something between two studies")
        texts.append(_STUDY_BEGINS + text)
    return [*texts, _STUDY_BEGINS + last], beginning + b"]" + end


def parse_outline(body: bytes) -> object:
    """Parse a reply as `parse_json` does, but with only the numbers, the status and the dates of each study.

    A reply that is written in another way than the registry's, or has a study without an NCT number, is there with all
    of its fields.

    Raises:
        ValueError: the body is not JSON.
    """
    try:
        texts, emptied = split_studies(body)
        envelope = parse_strictly(emptied)
        studies = [_take_outline(text) for text in texts]
    except ValueError:
        return parse_json(body)
    assert isinstance(envelope, dict)  # it begins with a key
    return envelope | {api.STUDIES: studies}


def _take_outline(text: bytes) -> dict[str, object]:
    """Parse a study, and return it with the fields of its outline only; a field that it does not have is null."""
    study = orjson.loads(text)
    outline: dict[str, object] = {}
    for path in _OUTLINE:
        module: dict[str, Any] = outline
        for key in path[:-1]:
            module = module.setdefault(key, {})
        module[path[-1]] = api.get_path(study, path)
    if not api.get_path(outline, api.NCT_ID):
        raise ValueError("the study has no NCT number")
    return outline
