"""What the registry answers to a request: a pure function of its contents and the request's target.

Pages are written as the service writes them, one study a line. Errors are plain text, never JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

import orjson

from extract.sample import parameters
from extract.sample.parameters import BadRequestError
from extract.sample.search import only_nct_numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from extract.sample.contents import Contents
    from extract.sample.parameters import Query

BASE_PATH = "/api/v2"
API_VERSION = "2.0.5"
LONGEST_TARGET = 8000

JSON = "application/json"
TEXT = "text/plain; charset=UTF-8"
HTML = "text/html"

_NOT_SERVED = frozenset({"metadata", "enums", "search-areas"})
_TOO_LONG = b"<html>\r\n<head><title>414 Request-URI Too Large</title></head>\r\n</html>\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: status, body, its content type ('' for none) and further headers."""

    status: int
    body: bytes = b""
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def split_target(target: str) -> tuple[str, Query]:
    """A request target's path, percent-decoded, and its query; of a repeated parameter the last value."""
    path, _, query = target.partition("?")
    return unquote(path), dict(parse_qsl(query, keep_blank_values=True))


def answer(contents: Contents, target: str) -> Answer:
    """The answer to a GET of a target such as `/api/v2/studies?pageSize=2`."""
    if len(target) > LONGEST_TARGET:
        return Answer(414, _TOO_LONG, HTML)
    path, query = split_target(target)
    if not path.startswith(f"{BASE_PATH}/"):
        return Answer(404)
    try:
        return _route(contents, path.removeprefix(f"{BASE_PATH}/"), query)
    except BadRequestError as refusal:
        return Answer(400, str(refusal).encode(), TEXT)


def _route(contents: Contents, path: str, query: Query) -> Answer:
    collection, _, name = path.partition("/")
    if collection == "studies" and name and "/" not in name and name not in _NOT_SERVED:
        parameters.check_names(query, parameters.STUDY_PARAMETERS)
        return _study(contents, name, query)
    if path not in _ENDPOINTS:
        return Answer(404)
    endpoint, known = _ENDPOINTS[path]
    parameters.check_names(query, known)
    return endpoint(contents, query)


def _version(contents: Contents, _query: Query) -> Answer:
    version = {"apiVersion": API_VERSION, "dataTimestamp": contents.data_timestamp}
    return Answer(200, orjson.dumps(version, option=orjson.OPT_INDENT_2), JSON)


def _size(contents: Contents, _query: Query) -> Answer:
    average = contents.size() // len(contents) if len(contents) else 0
    return Answer(200, orjson.dumps({"averageSizeBytes": average, "totalStudies": len(contents)}), JSON)


def _study(contents: Contents, name: str, query: Query) -> Answer:
    nct_id = parameters.nct_number(name)
    if nct_id is None:
        raise BadRequestError("Parameter `nctId` has incorrect format")
    current = contents.current_id(nct_id)
    if current is None:
        return Answer(404, f"NCT number {nct_id} not found".encode(), TEXT)
    if current != nct_id:
        return Answer(301, headers={"Location": f"{BASE_PATH}/studies/{current}"})
    return Answer(200, contents.study(nct_id, query.get("fields")), JSON)


def _studies(contents: Contents, query: Query) -> Answer:
    size, start = parameters.page_size(query), parameters.page_start(query)
    total = parameters.counts_total(query)
    found = _found(contents, query)
    page = [contents.study(nct_id, query.get("fields")) for nct_id in islice(found, start, start + size)]
    opening = f'{{"totalCount":{len(found)},"studies":[\n' if total else '{"studies":[\n'
    full = len(page) == size
    closing = f'\n],"nextPageToken":"{parameters.page_token(start + size)}"}}' if full else "\n]}"
    return Answer(200, b"".join(_lines(opening.encode(), page, closing.encode())), JSON)


def _found(contents: Contents, query: Query) -> Collection[str]:
    condition = query.get("query.cond", "")
    looked_up = only_nct_numbers(condition)
    if looked_up is not None:
        return _held(contents, looked_up)
    found = contents.matching(condition, query.get("filter.advanced", ""))
    if "filter.ids" not in query:
        return found
    asked = _held(contents, parameters.nct_numbers(query["filter.ids"]))
    return [nct_id for nct_id in asked if nct_id in found]


def _held(contents: Contents, numbers: Iterable[str]) -> Collection[str]:
    """The current ids of the studies that answer to these numbers, each once, in the order asked for."""
    return dict.fromkeys(current for number in numbers if (current := contents.current_id(number)))


def _lines(opening: bytes, page: list[bytes], closing: bytes) -> Iterable[bytes]:
    separated = islice(chain.from_iterable((b",\n", study) for study in page), 1, None)
    return chain((opening,), separated, (closing,))


_ENDPOINTS: Mapping[str, tuple[Callable[[Contents, Query], Answer], Collection[str]]] = {
    "version": (_version, ()),
    "studies": (_studies, parameters.LISTING_PARAMETERS),
    "stats/size": (_size, ()),
}
