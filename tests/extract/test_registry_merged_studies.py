"""A study is fetched by its number; a merged one is followed to its new number, and to nowhere else."""

from __future__ import annotations

from contextlib import contextmanager

import orjson
import pytest

from extract.client.registry import Registry
from extract.errors import RegistryChangedShape, RegistryRefused, StudyNotFound, UnexpectedRedirect
from extract.nct import NctId
from extract.sample.server import RegistryServer
from tests.support import faults
from tests.support.made_studies import made_contents, made_study

OLD, CURRENT, ABSENT = NctId("NCT00000001"), NctId("NCT00000002"), NctId("NCT99999999")
MERGED = made_study(2, aliases=[OLD])
CONTENTS = made_contents(MERGED, made_study(3))


@contextmanager
def asked(*script, contents=CONTENTS):
    """A client of a server that follows a script, and the server."""
    with (
        RegistryServer(contents, faults=script) as server,
        Registry(server.url, requests_per_second=None, patience=20, sleep=lambda _: None) as registry,
    ):
        yield registry, server


def test_a_study_comes_as_the_registry_wrote_it():
    """The body is given byte for byte, under the number that was asked for."""
    with asked() as (registry, server):
        reply = registry.study(CURRENT)
        assert orjson.loads(reply.body) == MERGED
        assert reply.nct_id == CURRENT
        assert [request.path for request in server.requests] == [f"/api/v2/studies/{CURRENT}"]


@pytest.mark.fault(29)
def test_an_old_number_leads_to_the_current_study():
    """A 301 is followed to the study that lists the old number, and both numbers are told."""
    with asked() as (registry, server):
        reply = registry.study(OLD)
        assert reply.nct_id == CURRENT
        assert [request.path[-11:] for request in server.requests] == [OLD, CURRENT]


@pytest.mark.fault(29)
def test_an_absolute_redirect_to_the_same_server_is_followed():
    """The target may be written with the server's own address."""
    with asked() as (registry, server):
        server.faults.append(faults.redirect(f"{server.url}/studies/{CURRENT}"))
        assert registry.study(OLD).nct_id == CURRENT


@pytest.mark.fault(24, 29)
def test_a_study_that_does_not_list_the_old_number_is_not_taken_for_it():
    """A redirect to a study without the alias is refused, and the message names both."""
    with (
        asked(faults.redirect("/api/v2/studies/NCT00000003")) as (registry, _),
        pytest.raises(UnexpectedRedirect, match=r"NCT00000001.*NCT00000003"),
    ):
        registry.study(OLD)


@pytest.mark.fault(24)
def test_another_study_than_the_one_asked_for_is_refused():
    """A record under another number that does not list the one asked for is no answer; the sentence names both."""
    with (
        asked(faults.json(made_study(3))) as (registry, _),
        pytest.raises(RegistryChangedShape, match="asked for NCT00000002 and gave the record of NCT00000003") as caught,
    ):
        registry.study(CURRENT)
    assert orjson.loads(caught.value.reply) == made_study(3)


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
    """Another host, scheme, port or path is not asked for; the error names it."""
    with asked(faults.redirect(target)) as (registry, server):
        with pytest.raises(UnexpectedRedirect) as caught:
            registry.study(OLD)
        assert repr(target) in str(caught.value)
        assert len(server.requests) == 1


@pytest.mark.fault(56)
@pytest.mark.parametrize("code", [302, 303, 307, 308])
def test_only_the_alias_redirect_is_followed(code):
    """The registry answers a merged study with 301; no other redirect is known of it."""
    with (
        asked(faults.redirect(f"/api/v2/studies/{CURRENT}", code)) as (registry, _),
        pytest.raises(UnexpectedRedirect),
    ):
        registry.study(OLD)


@pytest.mark.fault(56)
def test_a_circle_of_redirects_is_left_at_the_second():
    """A redirect is followed once, so that no circle is walked."""
    script = [faults.redirect(f"/api/v2/studies/{nct_id}") for nct_id in (CURRENT, OLD, CURRENT)]
    with asked(*script) as (registry, server):
        with pytest.raises(UnexpectedRedirect):
            registry.study(OLD)
        assert len(server.requests) == 2


@pytest.mark.fault(30)
def test_a_number_that_nobody_has_is_told():
    """A number without a study is named, and the warehouse is said to be as it was."""
    with asked() as (registry, server):
        with pytest.raises(StudyNotFound, match=r"NCT99999999 is not on ClinicalTrials.gov; nothing was published"):
            registry.study(ABSENT)
        assert len(server.requests) == 1


@pytest.mark.parametrize("fault", [faults.status(404), faults.html(404)], ids=["nothing", "a page"])
def test_a_wrong_address_is_not_taken_for_a_missing_study(fault):
    """The registry answers a wrong path with 404 and no words; that says nothing about the study."""
    with asked(fault) as (registry, _), pytest.raises(RegistryRefused, match="HTTP 404"):
        registry.study(ABSENT)


@pytest.mark.fault(12, 24)
@pytest.mark.parametrize("document", [{}, [], {"studies": []}, {"protocolSection": {"identificationModule": []}}])
def test_a_record_without_a_number_is_refused(document):
    """A record that does not say which study it is cannot be kept."""
    with asked(faults.json(document)) as (registry, _), pytest.raises(RegistryChangedShape):
        registry.study(CURRENT)
