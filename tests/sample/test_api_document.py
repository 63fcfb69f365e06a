"""The sample registry answers as the registry's own API document says, so that tests on it prove something.

The document belongs to the registry and does not ship with this package: `ACLF_REGISTRY_OPENAPI` names a copy of it.
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

from extract.sample.answers import BASE_PATH, answer_request
from extract.sample.nights import load_night
from extract.sample.server import RegistryServer
from tests.support.warehouses import with_value

DOCUMENT = os.environ.get("ACLF_REGISTRY_OPENAPI", "")
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
PAGE = "/studies?pageSize=1000&countTotal=true"
NOT_GIVEN = {"largestStudies", "percentiles", "ranges"}
"""Members that the sample's `/stats/size` leaves out, because no recorded answer of the service shows their keys."""
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
    """Read the registry's API document."""
    return yaml.load(Path(DOCUMENT).read_bytes(), Loader=yaml.CSafeLoader)


@pytest.fixture(scope="module")
def find_deviations(document):
    """Return a function that finds where an answer deviates from the document."""

    def find(path: str, status: int, body: bytes) -> set[str]:
        schema = document["paths"][path]["get"]["responses"][str(status)]["content"]["application/json"]["schema"]
        validator = jsonschema.Draft4Validator({**schema, "components": document["components"]})
        return {f"{error.json_path}: {error.message}" for error in validator.iter_errors(orjson.loads(body))}

    return find


@pytest.mark.parametrize("number", [1, 2])
def test_every_study_follows_the_document(find_deviations, number):
    """Each study of both nights, and the page they come in, has the document's types, codes and required members."""
    contents = load_night(number)
    page = answer_request(contents, BASE_PATH + PAGE)
    assert len(orjson.loads(page.body)["studies"]) == len(contents) > 70
    assert find_deviations("/studies", 200, page.body) == set()
    for study in orjson.loads(page.body)["studies"]:
        nct_id = study["protocolSection"]["identificationModule"]["nctId"]
        assert (
            find_deviations("/studies/{nctId}", 200, answer_request(contents, f"{BASE_PATH}/studies/{nct_id}").body)
            == set()
        )


def test_a_deviating_study_is_found(find_deviations):
    """A code or a type that the document does not have is found, so the test above can fail."""
    (study, *_) = orjson.loads(answer_request(load_night(1), BASE_PATH + PAGE).body)["studies"]
    for path, value in (("protocolSection.statusModule.overallStatus", "X"), ("hasResults", "no")):
        broken = orjson.dumps({"studies": [with_value(study, path, value)]})
        assert find_deviations("/studies", 200, broken)


def test_the_version_and_the_size_follow_the_document(find_deviations):
    """The version is complete; of the statistics the sample has two figures of five."""
    contents = load_night(1)
    assert find_deviations("/version", 200, answer_request(contents, f"{BASE_PATH}/version").body) == set()
    size = find_deviations("/stats/size", 200, answer_request(contents, f"{BASE_PATH}/stats/size").body)
    assert size == {f"$: '{name}' is a required property" for name in NOT_GIVEN}


@pytest.mark.parametrize("target", REFUSALS)
def test_a_refusal_follows_the_document(document, target):
    """A refusal has a status and a content type that the document knows: plain text, never JSON."""
    answer = answer_request(load_night(1), BASE_PATH + target)
    path = target.partition("?")[0]
    known = document["paths"].get(path, document["paths"]["/studies/{nctId}"])["get"]["responses"]
    assert answer.status in {400, 404}
    assert answer.content_type.partition(";")[0] in known[str(answer.status)]["content"]
    assert answer.body


@pytest.mark.skipif(not SCHEMATHESIS.exists(), reason="schemathesis is not installed: pip install schemathesis")
@pytest.mark.slow
def test_schemathesis_finds_nothing(tmp_path):
    """Requests that schemathesis makes from the document are answered with its statuses, types and schemas."""
    paths = [part for path in ("/version", "/studies", "/studies/{nctId}") for part in ("--include-path", path)]
    checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
    with RegistryServer(load_night(2)) as server:
        command = [SCHEMATHESIS, "run", DOCUMENT, "--url", server.url, *paths]
        options = ["--phases", "examples,fuzzing", "-n", "200", "--checks", checks, "--no-color"]
        ran = subprocess.run([*command, *options], cwd=tmp_path, capture_output=True, text=True, check=False)
        request_count = len(server.requests)
    assert ran.returncode == 0, ran.stdout[-3000:]
    assert request_count > 200
