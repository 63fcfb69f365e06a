"""A listing of the sample registry has the order that its `sort` asks for."""

from __future__ import annotations

import orjson
import pytest

from extract.sample.answers import answer_request
from tests.support.made_studies import make_contents, make_study
from tests.support.warehouses import with_value

ENROLLMENT = "protocolSection.designModule.enrollmentInfo.count"
STUDIES = (
    with_value(make_study(1, updated="2024-03-01"), ENROLLMENT, 9),
    with_value(make_study(2, updated="2024-01-31"), ENROLLMENT, 40),
    make_study(3, updated="2024-03-01"),
    with_value(make_study(4, updated="2024-03-01"), ENROLLMENT, 0),
)


def list_numbers(sort):
    """Return the digits of the studies that a listing in this order has."""
    answer = answer_request(make_contents(*STUDIES), f"/api/v2/studies?sort={sort}")
    studies = orjson.loads(answer.body)["studies"]
    return [int(study["protocolSection"]["identificationModule"]["nctId"][3:]) for study in studies]


@pytest.mark.parametrize(
    ("sort", "numbers"),
    [
        ("", [1, 2, 3, 4]),
        ("LastUpdatePostDate", [1, 3, 4, 2]),
        ("LastUpdatePostDate:asc", [2, 1, 3, 4]),
        ("EnrollmentCount", [4, 1, 2, 3]),
        ("EnrollmentCount:desc", [2, 1, 4, 3]),
        ("LastUpdatePostDate:asc|EnrollmentCount:asc", [2, 4, 1, 3]),
        ("EnrollmentCount:asc,LastUpdatePostDate", [4, 1, 2, 3]),
        ("ResultsFirstPostDate", [1, 2, 3, 4]),
    ],
)
def test_a_listing_is_sorted_by_dates_and_numbers(sort, numbers):
    """Dates fall and numbers rise by default, ties go to the second key, and studies without the field come last."""
    assert list_numbers(sort) == numbers
