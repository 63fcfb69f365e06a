"""A study is fetched by its number; a merged study is followed to its current number, and to no other address."""

from __future__ import annotations

from contextlib import contextmanager

import orjson
import pytest

from extract.client.registry import Registry
from extract.errors import RegistryChangedShape, RegistryRefused, StudyNotFound, UnexpectedRedirect
from extract.nct import NctId
from extract.printable import hide_passwords
from extract.sample.server import RegistryServer
from tests.support import faults
from tests.support.made_studies import make_contents, make_study

OLD, CURRENT, ABSENT = NctId("NCT00000001"), NctId("NCT00000002"), NctId("NCT99999999")
MERGED = make_study(2, aliases=[OLD])
CONTENTS = make_contents(MERGED, make_study(3))


@contextmanager
def open_registry(*script, contents=CONTENTS):
    """Open a client of a server that follows a script; yield the client and the server."""
    with (
        RegistryServer(contents, faults=script) as server,
        Registry(server.url, requests_per_second=None, patience=20, sleep=lambda _: None) as registry,
    ):
        yield registry, server


def test_a_study_comes_as_the_registry_wrote_it():
    """The reply has the body byte for byte, and the requested number."""
    with open_registry() as (registry, server):
        reply = registry.fetch_study(CURRENT)
        assert orjson.loads(reply.body) == MERGED
        assert reply.nct_id == CURRENT
        assert [request.path for request in server.requests] == [f"/api/v2/studies/{CURRENT}"]


@pytest.mark.fault(29)
def test_an_old_number_leads_to_the_current_study():
    """A 301 is followed to the study that lists the old number; the reply has the current number."""
    with open_registry() as (registry, server):
        reply = registry.fetch_study(OLD)
        assert reply.nct_id == CURRENT
        assert [request.path[-11:] for request in server.requests] == [OLD, CURRENT]


@pytest.mark.fault(29)
def test_an_absolute_redirect_to_the_same_server_is_followed():
    """The target may contain the server's own address."""
    with open_registry() as (registry, server):
        server.faults.append(faults.redirect(f"{server.url}/studies/{CURRENT}"))
        assert registry.fetch_study(OLD).nct_id == CURRENT


@pytest.mark.fault(24, 29)
def test_a_redirect_to_a_study_without_the_alias_is_refused():
    """If the target does not list the old number, the redirect is refused; the message names both numbers."""
    with (
        open_registry(faults.redirect("/api/v2/studies/NCT00000003")) as (registry, _),
        pytest.raises(UnexpectedRedirect, match=r"NCT00000001.*NCT00000003"),
    ):
        registry.fetch_study(OLD)


@pytest.mark.fault(24)
def test_a_record_of_another_study_is_refused():
    """A record that neither has nor lists the requested number is refused; the message names both numbers."""
    with (
        open_registry(faults.json(make_study(3))) as (registry, _),
        pytest.raises(
            RegistryChangedShape, match="the request was for NCT00000002, and the record is of NCT00000003"
        ) as caught,
    ):
        registry.fetch_study(CURRENT)
    assert orjson.loads(caught.value.reply) == make_study(3)


@pytest.mark.fault(54, 56)
@pytest.mark.parametrize(
    "target",
    [
        "https://elsewhere.example/api/v2/studies/NCT00000002",
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:1/api/v2/studies/NCT00000002",
        "//elsewhere.example/api/v2/studies/NCT00000002",
        "http://user@127.0.0.1/api/v2/studies/NCT00000002",
        "ftp://127.0.0.1/api/v2/studies/NCT00000002",
        "file:///etc/passwd",
        "/studies/NCT00000002",
        "/api/v2/studies/../admin",
        "/api/v2/studies/NCT00000002/../../admin",
        "/api/v2/studies/NCT1",
        "/api/v2/studies/",
        "/api/v2/version",
        "NCT00000002x",
        "http://[",
    ],
)
def test_no_other_redirect_is_followed(target):
    """The client does not ask another host, scheme, port or path; the error names the target without its user."""
    with open_registry(faults.redirect(target)) as (registry, server):
        with pytest.raises(UnexpectedRedirect) as caught:
            registry.fetch_study(OLD)
        assert repr(hide_passwords(target)) in str(caught.value)
        assert len(server.requests) == 1


@pytest.mark.fault(56)
@pytest.mark.parametrize("code", [302, 303, 307, 308])
def test_only_a_301_is_followed(code):
    """The registry answers a merged study with 301; no other redirect of it is known."""
    with (
        open_registry(faults.redirect(f"/api/v2/studies/{CURRENT}", code)) as (registry, _),
        pytest.raises(UnexpectedRedirect),
    ):
        registry.fetch_study(OLD)


@pytest.mark.fault(56)
def test_a_second_redirect_is_refused():
    """The client follows one redirect, so that it never runs in a circle."""
    script = [faults.redirect(f"/api/v2/studies/{nct_id}") for nct_id in (CURRENT, OLD, CURRENT)]
    with open_registry(*script) as (registry, server):
        with pytest.raises(UnexpectedRedirect):
            registry.fetch_study(OLD)
        assert len(server.requests) == 2


@pytest.mark.fault(30)
def test_a_number_without_a_study_is_named():
    """The message names the number, and says that the warehouse is as it was."""
    with open_registry() as (registry, server):
        with pytest.raises(StudyNotFound, match=r"NCT99999999 is not on ClinicalTrials.gov; nothing was published"):
            registry.fetch_study(ABSENT)
        assert len(server.requests) == 1


@pytest.mark.parametrize("fault", [faults.status(404), faults.html(404)], ids=["nothing", "a page"])
def test_a_wrong_address_is_not_a_missing_study(fault):
    """A 404 without the registry's own text means a wrong path; it says nothing about the study."""
    with open_registry(fault) as (registry, _), pytest.raises(RegistryRefused, match="HTTP 404"):
        registry.fetch_study(ABSENT)


@pytest.mark.fault(12, 24)
@pytest.mark.parametrize("document", [{}, [], {"studies": []}, {"protocolSection": {"identificationModule": []}}])
def test_a_record_without_a_number_is_refused(document):
    """A record that does not state its number cannot be kept."""
    with open_registry(faults.json(document)) as (registry, _), pytest.raises(RegistryChangedShape):
        registry.fetch_study(CURRENT)
