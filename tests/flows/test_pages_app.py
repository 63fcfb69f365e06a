"""The pages of `aclf serve`: the report, the trials, the feed, the health and the metrics, and nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import duckdb
import feedparser
import pytest
from prometheus_client.parser import text_string_to_metric_families

from flows.news.feed import make_feed
from flows.schedule import pages_app
from tests.support import faults
from tests.support.pages import open_pages

SEED = "NCT03863002"


@pytest.fixture(scope="module")
def pages(aclf_after_both_nights):
    """The pages of a warehouse with the sample's two nights."""
    with open_pages(aclf_after_both_nights.warehouse) as served:
        yield served


@pytest.fixture
def empty(tmp_path):
    """The pages of a folder in which nothing ran yet."""
    with open_pages(tmp_path / "aclf.duckdb") as served:
        yield served


def read_metrics(pages):
    """Return the value of each sample of `/metrics`, by its name and the values of its labels."""
    families = text_string_to_metric_families(pages.get("/metrics").text)
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def age_by(folder, hours):
    """Move the last sync of a warehouse this many hours into the past."""
    with duckdb.connect(str(folder / ".aclf" / "store.duckdb")) as store:
        store.execute("update ops.runs set finished_at = $1", [datetime.now(UTC) - timedelta(hours=hours)])


def test_the_report_is_the_first_page(pages, aclf_after_both_nights, tmp_path):
    """`/` is what `aclf report` writes, byte for byte."""
    reply = pages.get("/")
    file = tmp_path / "report.html"
    assert aclf_after_both_nights("report", file).code == 0
    assert (reply.status_code, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert reply.content == file.read_bytes()


@pytest.mark.parametrize("path", [f"/{SEED}", f"/trials/{SEED}", "/trials/nct03863002", "/%20nct03863002%20"])
def test_a_trial_has_a_page(pages, aclf_after_both_nights, path):
    """It is what `aclf show --html` prints, however the number is written."""
    reply = pages.get(path)
    assert reply.status_code == 200
    assert reply.text == aclf_after_both_nights("show", SEED, "--html").out


def test_the_feed_is_the_one_that_a_sync_writes(pages, aclf_after_both_nights):
    """`/feed.xml` is the Atom feed of the published warehouse, and its first entry is the newest news."""
    reply = pages.get("/feed.xml")
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/atom+xml; charset=utf-8")
    assert reply.content == make_feed(aclf_after_both_nights.warehouse)
    assert "NCT07329036" in feedparser.parse(reply.content).entries[0].title


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/NCT99999999", ("NCT99999999 is not in the warehouse.", "aclf backfill NCT99999999")),
        ("/NCT1", ("is not an NCT number",)),
        ("/favicon.ico", ("is not an NCT number",)),
        ("/trials/", ("There is no page at this address.",)),
        ("/static/aclf.duckdb", ("There is no page at this address.",)),
        ("/..%2f..%2fetc%2fpasswd", ("There is no page at this address.",)),
        ("/.aclf/store.duckdb", ("There is no page at this address.",)),
        ("/docs", ("is not an NCT number",)),
        ("/openapi.json", ("is not an NCT number",)),
        ("/<script>alert(1)</script>", ("There is no page at this address.",)),
        ("/<script>", ("&lt;script&gt;",)),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(pages, path, words):
    """Another address is answered with 404 and what to do, as a page; no address leads to a file of the disk."""
    reply = pages.get(path)
    assert (reply.status_code, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")
    for word in words:
        assert word in reply.text
    assert "<script" not in reply.text


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", ["/", f"/{SEED}", "/feed.xml", "/health", "/metrics"])
def test_pages_can_only_be_read(pages, method, path):
    """Whatever would write is refused with 405."""
    reply = pages.get(path, method)
    # The framework keeps the methods in a set, whose order another process has differently.
    assert (reply.status_code, {*reply.headers["allow"].split(", ")}) == (405, {"GET", "HEAD"})
    assert "can only be read" in reply.text


@pytest.mark.parametrize("path", ["/", f"/{SEED}", "/feed.xml", "/health", "/metrics"])
def test_a_head_is_a_page_without_its_body(pages, path):
    """HEAD gives the same status and type, and no body."""
    got, head = pages.get(path), pages.get(path, "HEAD")
    assert (head.status_code, head.headers["content-type"], head.content) == (200, got.headers["content-type"], b"")


@pytest.mark.parametrize("path", ["/", f"/{SEED}", "/feed.xml", "/health", "/metrics", "/nothing/here"])
def test_every_answer_has_the_headers_that_protect_it(pages, path):
    """No page is shown in a frame, no type is guessed, and no address is told to others."""
    headers = pages.get(path).headers
    assert headers["content-security-policy"] == "frame-ancestors 'none'"
    assert (headers["x-frame-options"], headers["x-content-type-options"]) == ("DENY", "nosniff")
    assert (headers["referrer-policy"], headers["cross-origin-resource-policy"]) == ("no-referrer", "same-origin")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example:4201"}, 403),
        ({"Host": "localhost:9999"}, 200),
        ({"Host": "trials.example.org"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://trials.example.org"}, 200),
    ],
    ids=str,
)
def test_only_this_machine_and_the_operators_address_are_answered(aclf_after_both_nights, headers, status):
    """A name that was turned to this machine, or another site's page, gets nothing."""
    with open_pages(aclf_after_both_nights.warehouse, "https://trials.example.org/") as served:
        assert served.get("/health", **headers).status_code == status


def test_a_browser_that_has_the_page_gets_no_second_copy(pages):
    """With the tag of the page that it has, the answer is 304 without a body, also when a proxy has packed it."""
    tag = pages.get(f"/{SEED}").headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        reply = pages.get(f"/{SEED}", If_None_Match=known)
        assert (reply.status_code, reply.content, reply.headers["etag"]) == (304, b"", tag)
    assert pages.get(f"/{SEED}", If_None_Match='"other"').status_code == 200


def test_health_says_what_status_says(pages, aclf_after_both_nights):
    """Of fresh data `/health` is 200 with the document of `aclf status --json`, and the sentence."""
    reply = pages.get("/health")
    told, status = reply.json(), aclf_after_both_nights("status", "--json").document
    assert (reply.status_code, told.pop("message").split(" ended ")[0]) == (200, "Fresh: the last good sync")
    ages = told.pop("age_hours"), status.pop("age_hours")
    assert ages == pytest.approx((0, 0), abs=0.5)
    assert told == status


def test_health_of_stale_data_is_503(synced_aclf):
    """The limit is 36 hours, or what the monitor asks for; a limit that is none is refused."""
    age_by(synced_aclf.folder, 40)
    with open_pages(synced_aclf.warehouse) as served:
        stale, accepted = served.get("/health"), served.get("/health?max_age=48")
        assert (stale.status_code, stale.json()["state"]) == (503, "stale")
        assert stale.json()["message"] == "Stale: the last good sync ended 40 hours ago, more than 36 hours."
        assert (accepted.status_code, accepted.json()["state"]) == (200, "fresh")
        for wrong in ("soon", "-1", "nan", ""):
            refused = served.get(f"/health?max_age={wrong}")
            assert (refused.status_code, "max_age in the address cannot be used" in refused.text) == (400, True)
        metrics = read_metrics(served)
        assert metrics["aclf_data_fresh",] == 0
        assert metrics["aclf_data_age_seconds",] == pytest.approx(40 * 3600, abs=600)


def test_a_failed_night_shows(synced_aclf, registry):
    """The data stands, `/health` says why the night failed, and the metrics have its outcome beside the trials."""
    registry.faults.append(faults.status(403))
    failed = synced_aclf("sync", "--direct", "--json").document
    with open_pages(synced_aclf.warehouse) as served:
        reply = served.get("/health")
        assert (reply.status_code, reply.json()["state"]) == (503, "failed")
        assert failed["message"] in reply.json()["message"]
        metrics = read_metrics(served)
        assert [metrics["aclf_last_run_outcome", "sync", name] for name in ("published", "unchanged", "failed")] == [
            0,
            0,
            1,
        ]
        assert metrics["aclf_last_run_number", "sync"] == failed["run_id"]
        assert metrics["aclf_last_run_requests", "sync"] == failed["requests"]
        assert (metrics["aclf_trials",], metrics["aclf_data_fresh",]) == (73, 0)
        assert served.get(f"/{SEED}").status_code == 200


def test_where_nothing_is_published_every_page_says_what_to_do(empty):
    """It is 503 with a sentence, and a browser or a monitor that comes back later is told when."""
    for path in ("/", f"/{SEED}"):
        reply = empty.get(path)
        assert (reply.status_code, reply.headers["retry-after"]) == (503, "30")
        assert "Nothing is published yet." in reply.text
        assert "Load this page again in a minute." in reply.text
    health = empty.get("/health")
    assert (health.status_code, health.json()["state"]) == (503, "missing")
    assert "there is no warehouse" in health.json()["message"]
    assert {name for name, *_ in read_metrics(empty)} == {"aclf_build_info", "aclf_data_fresh"}


def test_a_first_sync_that_failed_says_why_nothing_is_there(aclf, registry):
    """The page has the reason of the failure, and `/health` too."""
    registry.faults.append(faults.status(403))
    message = aclf("sync", "--direct", "--json").document["message"]
    with open_pages(aclf.warehouse) as served:
        page = served.get("/").text
        assert "Nothing is published yet, because run 1 failed." in page
        assert "403" in page
        assert message in served.get("/health").json()["message"]
        assert read_metrics(served)["aclf_last_run_outcome", "sync", "failed"] == 1


def test_a_link_to_nothing_says_how_to_go_back(synced_aclf):
    """A warehouse whose file is gone is not an empty one."""
    synced_aclf.warehouse.resolve().unlink()
    with open_pages(synced_aclf.warehouse) as served:
        reply = served.get("/")
        assert (reply.status_code, "run `aclf check`" in reply.text.lower()) == (503, True)


def test_a_fault_of_the_program_is_told_without_its_traceback(pages, monkeypatch):
    """The reader gets a sentence, and the other pages still answer."""

    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(pages_app, "read_figures", fail)
    reply = pages.get("/metrics")
    assert (reply.status_code, reply.headers["content-type"]) == (500, "text/plain; charset=utf-8")
    assert reply.text.startswith("this page met a fault of the program (ZeroDivisionError); the warehouse")
    assert "Traceback" not in reply.text
    assert pages.get("/health").status_code == 200


def test_the_metrics_are_those_of_the_runs(pages, aclf_after_both_nights):
    """Names have their unit, and each value is the one of `ops.runs` or of the published tables."""
    metrics = read_metrics(pages)
    run = aclf_after_both_nights("runs", "--json").document[0]
    assert metrics["aclf_trials",] == metrics["aclf_condition_set_trials", "aclf"] == 72
    assert metrics["aclf_data_fresh",] == 1
    assert metrics["aclf_data_age_seconds",] >= 0
    finished_at = datetime.fromisoformat(run["finished_at"]).timestamp()
    assert metrics["aclf_last_run_finished_timestamp_seconds", "sync"] == pytest.approx(finished_at)
    assert metrics["aclf_last_good_sync_timestamp_seconds",] == pytest.approx(finished_at)
    for name, column in {
        "duration_seconds": "seconds",
        "requests": "requests",
        "quarantined_records": "quarantined",
        "problem_values": "problems",
        "number": "run_id",
    }.items():
        assert metrics[f"aclf_last_run_{name}", "sync"] == run[column], name
    assert metrics["aclf_last_run_outcome", "sync", "published"] == 1
    ((quarantined, problems),) = aclf_after_both_nights.rows(
        "select (select count(*) from ops.quarantine), (select count(*) from ops.problems)"
    )
    assert (metrics["aclf_quarantined_records",], metrics["aclf_problem_values",]) == (quarantined, problems)


def test_openmetrics_is_spoken_where_it_is_asked_for(pages):
    """Prometheus asks for OpenMetrics first."""
    reply = pages.get("/metrics", Accept="application/openmetrics-text; version=1.0.0")
    assert reply.headers["content-type"].startswith("application/openmetrics-text")
    assert reply.text.endswith("# EOF\n")
    assert json.loads(pages.get("/health").text)["state"] == "fresh"
