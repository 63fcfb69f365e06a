"""What the sample registry answers to a request: a pure function of its contents and the request's target.

Pages are written as the service writes them, one study a line. Errors are plain text, never JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

import orjson

from extract.sample import parameters
from extract.sample.contents import API_VERSION
from extract.sample.parameters import BadRequestError
from extract.sample.search import parse_id_lookup

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from extract.sample.contents import Contents
    from extract.sample.parameters import Query

BASE_PATH = "/api/v2"
LONGEST_TARGET = 8000

JSON = "application/json"
TEXT = "text/plain; charset=UTF-8"
HTML = "text/html"

_NOT_SERVED = frozenset({"metadata", "enums", "search-areas"})
_NO_SUCH_PATH = b"<html>\r\n<head><title>404 Not Found</title></head>\r\n</html>\r\n"
_TOO_LONG = b"<html>\r\n<head><title>414 Request-URI Too Large</title></head>\r\n</html>\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: status, body, its content type ('' for none) and further headers."""

    status: int
    body: bytes = b""
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def split_target(target: str) -> tuple[str, Query]:
    """Return the path of a request target, percent-decoded, and its query; the last value of a parameter counts."""
    path, _, query = target.partition("?")
    return unquote(path), dict(parse_qsl(query, keep_blank_values=True))


def answer_request(contents: Contents, target: str) -> Answer:
    """Return the answer to a GET of a target such as `/api/v2/studies?pageSize=2`."""
    if len(target) > LONGEST_TARGET:
        return Answer(414, _TOO_LONG, HTML)
    path, query = split_target(target)
    if not path.startswith(f"{BASE_PATH}/"):
        return Answer(404, _NO_SUCH_PATH, HTML)
    try:
        return _route_request(contents, path.removeprefix(f"{BASE_PATH}/"), query)
    except BadRequestError as refusal:
        return Answer(400, str(refusal).encode(), TEXT)


def _route_request(contents: Contents, path: str, query: Query) -> Answer:
    """Return the answer of the endpoint at a path below `BASE_PATH`.

    Raises:
        BadRequestError: The endpoint refuses the query.
    """
    collection, _, name = path.partition("/")
    if collection == "studies" and name and "/" not in name and name not in _NOT_SERVED:
        parameters.check_names(query, parameters.STUDY_PARAMETERS)
        return _answer_study(contents, name, query)
    if path not in _ENDPOINTS:
        return Answer(404, _NO_SUCH_PATH, HTML)
    endpoint, known = _ENDPOINTS[path]
    parameters.check_names(query, known)
    return endpoint(contents, query)


def _answer_version(contents: Contents, _query: Query) -> Answer:
    version = {"apiVersion": API_VERSION, "dataTimestamp": contents.data_timestamp}
    return Answer(200, orjson.dumps(version, option=orjson.OPT_INDENT_2), JSON)


def _answer_size(contents: Contents, _query: Query) -> Answer:
    average = contents.count_bytes() // len(contents) if len(contents) else 0
    return Answer(200, orjson.dumps({"averageSizeBytes": average, "totalStudies": len(contents)}), JSON)


def _answer_study(contents: Contents, name: str, query: Query) -> Answer:
    nct_id = parameters.parse_nct_number(name)
    if nct_id is None:
        raise BadRequestError("Parameter `nctId` has incorrect format")
    current = contents.find_current_id(nct_id)
    if current is None:
        return Answer(404, f"NCT number {nct_id} not found".encode(), TEXT)
    # A merged study is redirected, and the service drops the query.
    if current != nct_id:
        return Answer(301, headers={"Location": f"{BASE_PATH}/studies/{current}"})
    return Answer(200, contents.get_study(nct_id, query.get("fields")), JSON)


def _answer_studies(contents: Contents, query: Query) -> Answer:
    size = parameters.read_page_size(query)
    start = parameters.read_page_start(query)
    has_total = parameters.is_total_wanted(query)
    found = _find_studies(contents, query)
    page = [contents.get_study(nct_id, query.get("fields")) for nct_id in islice(found, start, start + size)]

    # A page is joined as bytes, so that a whole study goes out as it came in.
    opening = f'{{"totalCount":{len(found)},"studies":[\n' if has_total else '{"studies":[\n'
    closing = "\n]}"
    # Every full page has a token, so an empty page may follow a full last page. The service does the same.
    if len(page) == size:
        closing = f'\n],"nextPageToken":"{parameters.make_page_token(start + size)}"}}'
    return Answer(200, b"".join([opening.encode(), b",\n".join(page), closing.encode()]), JSON)


def _find_studies(contents: Contents, query: Query) -> Collection[str]:
    """Return the ids of the studies that a listing finds, in its order."""
    condition = query.get("query.cond", "")
    looked_up = parse_id_lookup(condition)
    if looked_up is not None:
        return _resolve_ids(contents, looked_up)
    found = contents.find_studies(condition, query.get("filter.advanced", ""), query.get("sort", ""))
    if "filter.ids" not in query:
        return found
    requested = _resolve_ids(contents, parameters.parse_nct_numbers(query["filter.ids"]))
    return [nct_id for nct_id in requested if nct_id in found]


def _resolve_ids(contents: Contents, numbers: Iterable[str]) -> Collection[str]:
    """Return the current ids of these numbers, each once, in the order of the request; unknown numbers are left out."""
    current_ids = map(contents.find_current_id, numbers)
    return dict.fromkeys(nct_id for nct_id in current_ids if nct_id)


_ENDPOINTS: Mapping[str, tuple[Callable[[Contents, Query], Answer], Collection[str]]] = {
    "version": (_answer_version, ()),
    "studies": (_answer_studies, parameters.LISTING_PARAMETERS),
    "stats/size": (_answer_size, ()),
}
"""Each endpoint, apart from single studies: its function and the parameters that it knows."""
