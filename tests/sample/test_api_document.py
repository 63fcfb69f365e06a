"""The sample registry answers as the registry's own API document says, so that what is proved on it means something.

The document is the registry's and no part of this package: `ACLF_REGISTRY_OPENAPI` names a copy of it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest
import yaml

from extract.sample.answers import BASE_PATH, answer
from extract.sample.nights import night
from extract.sample.server import RegistryServer
from tests.support.warehouses import put

DOCUMENT = os.environ.get("ACLF_REGISTRY_OPENAPI", "")
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
PAGE = "/studies?pageSize=1000&countTotal=true"
NOT_GIVEN = {"largestStudies", "percentiles", "ranges"}
"""What the sample's `/stats/size` leaves out: no answer of the service was recorded that shows their keys."""
REFUSALS = [
    "/studies?filter.phase=PHASE1",
    "/studies?filter.ids=NCT1,x",
    "/studies?pageSize=x",
    "/studies?pageToken=x",
    "/studies?fields=NoSuchField",
    "/studies/x",
    "/studies/NCT03863002?x=1",
    "/studies/NCT99999999",
    "/version?x=1",
]

pytestmark = pytest.mark.skipif(not DOCUMENT, reason="ACLF_REGISTRY_OPENAPI names no copy of the registry's document")


@pytest.fixture(scope="module")
def document() -> Any:
    """The registry's API document."""
    return yaml.load(Path(DOCUMENT).read_bytes(), Loader=yaml.CSafeLoader)


@pytest.fixture(scope="module")
def faults_of(document):
    """Gives what an answer has that the document does not allow, or lacks."""

    def found(path: str, status: int, body: bytes) -> set[str]:
        schema = document["paths"][path]["get"]["responses"][str(status)]["content"]["application/json"]["schema"]
        validator = jsonschema.Draft4Validator({**schema, "components": document["components"]})
        return {f"{fault.json_path}: {fault.message}" for fault in validator.iter_errors(orjson.loads(body))}

    return found


@pytest.mark.parametrize("number", [1, 2])
def test_every_study_is_as_the_document_says(faults_of, number):
    """Each study of both nights, and the page they come in, has the document's types, codes and required members."""
    contents = night(number)
    page = answer(contents, BASE_PATH + PAGE)
    assert len(orjson.loads(page.body)["studies"]) == len(contents) > 70
    assert faults_of("/studies", 200, page.body) == set()
    for study in orjson.loads(page.body)["studies"]:
        nct_id = study["protocolSection"]["identificationModule"]["nctId"]
        assert faults_of("/studies/{nctId}", 200, answer(contents, f"{BASE_PATH}/studies/{nct_id}").body) == set()


def test_a_study_that_breaks_the_document_is_seen(faults_of):
    """A code, a type or a key that the document does not have is found: the test above can fail."""
    (study, *_) = orjson.loads(answer(night(1), BASE_PATH + PAGE).body)["studies"]
    for path, value in (("protocolSection.statusModule.overallStatus", "X"), ("hasResults", "no")):
        broken = orjson.dumps({"studies": [put(study, path, value)]})
        assert faults_of("/studies", 200, broken)


def test_the_version_and_the_size_are_as_the_document_says(faults_of):
    """The version is whole; of the statistics the sample gives two figures of five."""
    contents = night(1)
    assert faults_of("/version", 200, answer(contents, f"{BASE_PATH}/version").body) == set()
    size = faults_of("/stats/size", 200, answer(contents, f"{BASE_PATH}/stats/size").body)
    assert size == {f"$: '{name}' is a required property" for name in NOT_GIVEN}


@pytest.mark.parametrize("target", REFUSALS)
def test_a_refusal_is_one_that_the_document_has(document, target):
    """What is refused has a status and a content type that the document knows: plain text, never JSON."""
    given = answer(night(1), BASE_PATH + target)
    path = target.partition("?")[0]
    known = document["paths"].get(path, document["paths"]["/studies/{nctId}"])["get"]["responses"]
    assert given.status in {400, 404}
    assert given.content_type.partition(";")[0] in known[str(given.status)]["content"]
    assert given.body


@pytest.mark.skipif(not SCHEMATHESIS.exists(), reason="schemathesis is not installed: pip install schemathesis")
@pytest.mark.slow
def test_schemathesis_finds_nothing(tmp_path):
    """What schemathesis makes of the document's own parameters is answered with its statuses, types and schemas."""
    paths = [part for path in ("/version", "/studies", "/studies/{nctId}") for part in ("--include-path", path)]
    checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
    with RegistryServer(night(2)) as server:
        command = [SCHEMATHESIS, "run", DOCUMENT, "--url", server.url, *paths]
        options = ["--phases", "examples,fuzzing", "-n", "200", "--checks", checks, "--no-color"]
        ran = subprocess.run([*command, *options], cwd=tmp_path, capture_output=True, text=True, check=False)
        asked = len(server.requests)
    assert ran.returncode == 0, ran.stdout[-3000:]
    assert asked > 200
