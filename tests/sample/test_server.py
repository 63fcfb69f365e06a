"""The sample registry answers as ClinicalTrials.gov's API v2 does, over real sockets."""

from __future__ import annotations

import re
from http.client import HTTPConnection
from typing import TYPE_CHECKING

import pytest
import requests

from extract.client.policy import read_data_release
from extract.sample.server import RegistryServer
from tests.support.made_studies import make_contents, make_study

if TYPE_CHECKING:
    from collections.abc import Iterator

ACLF, ASCITES, MERGED = "NCT00000001", "NCT00000002", "NCT00000003"


@pytest.fixture
def registry() -> Iterator[RegistryServer]:
    """Serve two studies; a third one was merged into the second."""
    studies = (
        make_study(1, title="ACLF", conditions=["ACLF"]),
        make_study(2, title="Ascites", aliases=[MERGED]),
    )
    with RegistryServer(make_contents(*studies)) as server:
        yield server


def send_get(registry: RegistryServer, path: str, **query: str | int) -> requests.Response:
    return requests.get(registry.url + path, params=query, allow_redirects=False, timeout=10)


def read_nct_ids(reply: requests.Response) -> list[str]:
    return [study["protocolSection"]["identificationModule"]["nctId"] for study in reply.json()["studies"]]


def test_the_version_names_the_api_and_the_night(registry: RegistryServer) -> None:
    """`/version` has the API's version and the night of the data."""
    version = send_get(registry, "/version").json()
    assert version == {"apiVersion": "2.0.5", "dataTimestamp": "2026-09-10T09:00:04"}


def test_the_size_counts_the_studies(registry: RegistryServer) -> None:
    """`/stats/size` has the number of studies."""
    assert send_get(registry, "/stats/size").json()["totalStudies"] == 2


def test_a_study_is_answered_byte_for_byte() -> None:
    """The address of a study answers with its unchanged bytes, spaces included, and nothing around them."""
    written = b'{"protocolSection": {"identificationModule": {"nctId": "NCT00000001", "briefTitle": "\\u00e9"}}}'
    contents = make_contents()
    with RegistryServer(type(contents).from_ndjson(written, data_timestamp="2026-09-10T09:00:04")) as server:
        reply = send_get(server, f"/studies/{ACLF}")
    assert reply.content == written
    assert reply.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("spelling", ["NCT00000001", "nct00000001", "NCT1", "Nct01", "%4ECT00000001"])
def test_an_id_is_found_in_every_accepted_spelling(registry: RegistryServer, spelling: str) -> None:
    """Lower case, dropped zeros and percent-encoding lead to the same study."""
    study = send_get(registry, f"/studies/{spelling}").json()
    assert study["protocolSection"]["identificationModule"]["nctId"] == ACLF


def test_an_obsolete_id_is_redirected_without_its_query(registry: RegistryServer) -> None:
    """An obsolete id answers 301 to the current study, and the query string is dropped."""
    reply = send_get(registry, f"/studies/{MERGED}", fields="NCTId")
    assert (reply.status_code, reply.headers["Location"]) == (301, f"/api/v2/studies/{ASCITES}")


def test_a_removed_study_is_not_found() -> None:
    """A study that is left out of the contents is neither found by its id nor listed."""
    with RegistryServer(make_contents(make_study(1), make_study(2), without=[ACLF])) as server:
        assert send_get(server, f"/studies/{ACLF}").status_code == 404
        assert read_nct_ids(send_get(server, "/studies")) == [ASCITES]


def test_a_list_of_ids_follows_aliases_and_skips_absent_studies(registry: RegistryServer) -> None:
    """`filter.ids` answers an obsolete id under the current one, each study once, and leaves absent ids out."""
    ids = f"{MERGED},NCT09999999|{ACLF},{ASCITES}"
    assert read_nct_ids(send_get(registry, "/studies", **{"filter.ids": ids})) == [ASCITES, ACLF]


def test_an_alias_may_come_from_outside_the_records() -> None:
    """An obsolete id that no record lists still leads to the current study."""
    with RegistryServer(make_contents(make_study(1), aliases={MERGED: ACLF})) as server:
        assert send_get(server, f"/studies/{MERGED}").headers["Location"].endswith(ACLF)


def test_a_condition_query_of_ids_is_a_lookup(registry: RegistryServer) -> None:
    """A query that holds only NCT numbers looks them up and ignores the filters."""
    query = {"query.cond": f"{MERGED}, {ACLF}", "filter.ids": "NCT09999999"}
    assert read_nct_ids(send_get(registry, "/studies", **query)) == [ASCITES, ACLF]


@pytest.mark.parametrize(
    ("path", "query", "status", "body"),
    [
        ("/studies/NCT99999999", {}, 404, "NCT number NCT99999999 not found"),
        ("/studies/nct9", {}, 404, "NCT number NCT00000009 not found"),
        ("/studies/NCT00000000", {}, 400, "Parameter `nctId` has incorrect format"),
        ("/studies/NCT123456789", {}, 400, "Parameter `nctId` has incorrect format"),
        ("/studies/NCT０１", {}, 400, "Parameter `nctId` has incorrect format"),
        ("/studies", {"filter.ids": "x"}, 400, "Item 1 in parameter `filter.ids` has incorrect format"),
        ("/studies", {"filter.ids": "NCT01,x"}, 400, "Item 2 in parameter `filter.ids` has incorrect format"),
        ("/studies", {"filter.phase": "PHASE1"}, 400, "`filter.phase` is unknown parameter"),
        ("/version", {"x": "1"}, 400, "`x` is unknown parameter"),
        ("/studies/NCT00000001", {"pageSize": "1"}, 400, "`pageSize` is unknown parameter"),
        (
            "/studies",
            {"fields": "Nonsense"},
            400,
            "Parameter `fields` contains invalid field name: `Nonsense`",
        ),
        ("/studies", {"pageSize": "-1"}, 400, "Parameter `pageSize` has incorrect format"),
        ("/studies", {"pageToken": "x"}, 400, "Parameter `pageToken` has incorrect format"),
        ("/studies", {"sort": "NCTId"}, 400, "Invalid field name in parameter `sort`: `NCTId`"),
        ("/studies", {"sort": "StartDate:up"}, 400, "Item 1 in parameter `sort` has incorrect format"),
        ("/studies", {"sort": "StartDate|EnrollmentCount|StartDate"}, 400, "Too many items in parameter `sort`: 3"),
        ("/studies", {"countTotal": "yes"}, 400, "Parameter `countTotal` has incorrect format"),
        (
            "/studies",
            {"filter.advanced": "AREA[Nonsense]RANGE[MIN,MAX]"},
            400,
            "Error parsing query in advanced filter: Unknown area name: `Nonsense`",
        ),
    ],
)
def test_an_error_is_plain_text(
    registry: RegistryServer, path: str, query: dict[str, str], status: int, body: str
) -> None:
    """Every error has the service's status and one line of plain text, never JSON."""
    reply = send_get(registry, path, **query)
    assert (reply.status_code, reply.text) == (status, body)
    assert reply.headers["Content-Type"] == "text/plain; charset=UTF-8"


@pytest.mark.parametrize(
    "query",
    [
        {"sort": "@relevance"},
        {"filter.geo": "distance(1,2,3mi)"},
        {"query.term": "liver"},
        {"format": "csv"},
        {"markupFormat": "legacy"},
        {"fields": "@query"},
        {"query.cond": "(ACLF OR liver) AND pain"},
        {"query.cond": "liver NOT ACLF"},
        {"filter.advanced": "AREA[Phase]PHASE1"},
        {"filter.advanced": "AREA[LastUpdatePostDate]RANGE[2024,MAX]"},
    ],
)
def test_a_query_that_the_sample_cannot_evaluate_is_refused(registry: RegistryServer, query: dict[str, str]) -> None:
    """The sample refuses what only the service can evaluate, because an answer without it would be too wide."""
    reply = send_get(registry, "/studies", **query)
    assert reply.status_code == 400
    assert reply.text.startswith("The sample registry does not evaluate ")


@pytest.mark.parametrize("path", ["/nonsense", "/studies/metadata", "/studies/NCT00000001/history", "/version/"])
def test_a_wrong_path_is_a_404_with_a_page(registry: RegistryServer, path: str) -> None:
    """An unknown path answers 404 with a page, as the service's own web server does."""
    reply = send_get(registry, path)
    assert (reply.status_code, reply.headers["Content-Type"]) == (404, "text/html")
    assert reply.text.startswith("<html>")


def test_a_path_outside_the_api_is_a_404_with_a_page(registry: RegistryServer) -> None:
    """The server serves only `/api/v2`."""
    outside = requests.get(registry.url.removesuffix("/api/v2") + "/version", timeout=10)
    assert (outside.status_code, outside.headers["Content-Type"]) == (404, "text/html")


def test_a_url_beyond_8000_characters_is_refused_with_a_page(registry: RegistryServer) -> None:
    """A URL that is too long answers 414 with an HTML body."""
    reply = send_get(registry, "/studies", **{"filter.ids": ",".join([ACLF] * 700)})
    assert (reply.status_code, reply.headers["Content-Type"]) == (414, "text/html")
    assert reply.text.startswith("<html>")


def test_two_hundred_ids_fit_into_a_url(registry: RegistryServer) -> None:
    """A batch of 200 ids is answered, even with percent-encoded separators."""
    assert send_get(registry, "/studies", **{"filter.ids": "|".join([ACLF] * 200)}).status_code == 200


def test_a_client_that_has_the_night_gets_a_304(registry: RegistryServer) -> None:
    """A request with the ETag of an earlier answer gets 304 until another night is served."""
    etag = send_get(registry, "/studies").headers["ETag"]
    assert read_data_release(etag) == "2026-09-10T09:00:04"

    def ask_again() -> int:
        known = {"If-None-Match": etag}
        return requests.get(f"{registry.url}/studies", headers=known, timeout=10).status_code

    assert ask_again() == 304
    registry.contents = make_contents(make_study(1), data_timestamp="2026-09-11T09:00:04")
    assert ask_again() == 200


def test_only_the_sample_says_it_is_one(registry: RegistryServer) -> None:
    """Every answer of the sample's nights is marked as a sample; an answer of another file is not."""
    assert "X-Sample-Registry" not in send_get(registry, "/version").headers
    registry.contents = make_contents(sample=True)
    for path in ("/version", "/studies", f"/studies/{ACLF}", "/nonsense"):
        assert send_get(registry, path).headers["X-Sample-Registry"] == "aclf-trials"


def test_gzip_needs_both_sides() -> None:
    """With compression on, a client that accepts gzip gets gzip, and any other client gets plain bytes."""
    with RegistryServer(make_contents(make_study(1)), compress=True) as server:
        compressed = send_get(server, "/studies")
        plain = requests.get(f"{server.url}/studies", headers={"Accept-Encoding": "identity"}, timeout=10)
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert compressed.headers["ETag"] == f'{plain.headers["ETag"][:-1]}-gzip"'
    assert "Content-Encoding" not in plain.headers
    assert compressed.content == plain.content


def test_a_connection_is_kept_for_the_next_request(registry: RegistryServer) -> None:
    """Several requests, some with errors, use one connection."""
    connection = HTTPConnection("127.0.0.1", registry.server_address[1], timeout=10)
    connection.connect()
    connection.auto_open = 0
    for path in ("/version", "/studies/NCT99999999", "/nonsense", "/studies"):
        connection.request("GET", f"/api/v2{path}")
        connection.getresponse().read()
    connection.close()
    assert len(registry.requests) == 4


def test_every_request_is_logged(registry: RegistryServer) -> None:
    """The log holds method, path, query and headers of each request, in order."""
    with requests.Session() as session:
        session.headers["User-Agent"] = "a test"
        session.get(f"{registry.url}/studies", params={"filter.ids": "NCT1|NCT2"}, timeout=10)
        session.get(f"{registry.url}/version", timeout=10)
    first, second = registry.requests
    assert (first.method, first.path, first.query) == ("GET", "/api/v2/studies", {"filter.ids": "NCT1|NCT2"})
    assert first.headers["user-agent"] == "a test"
    assert second.path == "/api/v2/version"


def test_the_server_listens_only_on_loopback(registry: RegistryServer) -> None:
    """The server's address is 127.0.0.1 on a free port."""
    assert re.fullmatch(r"http://127\.0\.0\.1:[1-9][0-9]*/api/v2", registry.url)


def test_the_server_ends_with_its_block(registry: RegistryServer) -> None:
    """After its `with` block no request is answered, even over a connection that was kept open."""
    with requests.Session() as session:
        with RegistryServer(make_contents()) as server:
            session.get(f"{server.url}/version", timeout=10)
        with pytest.raises(requests.ConnectionError):
            session.get(f"{server.url}/version", timeout=10)
