"""A bucket gets what a folder gets, with the headers that caches need, and no secret is shown."""

from __future__ import annotations

import json
import sys
import traceback

import pytest

from extract.errors import AclfError, BadSetting
from tests.support.bucket import BUCKET, SECRET, open_bucket_server
from tests.support.forked_runs import KILLED, KillPoint, run_and_kill_at
from tests.support.three_nights import sync_three_nights
from tests.support.web_copies import STORE, is_copy, make_published_file
from warehouse.errors import TargetFailed, TargetNewer, TargetOfAnotherStore
from warehouse.targets import bucket as bucket_module
from warehouse.targets.bucket import open_bucket
from warehouse.targets.web_copies import publish_copy
from warehouse.targets.web_places import read_latest

ADDRESS = f"s3://{BUCKET}/copies"
KILLS = [
    KillPoint("after", "s3transfer.upload:UploadPartTask._main"),
    KillPoint("before", "warehouse.targets.bucket:BucketPlace.write"),
    KillPoint("after", "warehouse.targets.bucket:BucketPlace.write"),
    KillPoint("after", "warehouse.targets.web_copies:_put_copy"),
    KillPoint("before", "warehouse.targets.web_copies:_remove_old_names"),
]
NAMED_BEFORE = {KILLS[-1]}
"""The kill after which `latest.json` already names the new run."""

SECRET_ADDRESSES = [
    f"s3://user:{SECRET}@bucket/prefix",
    f"s3://{SECRET}@bucket",
    f"s3://user:{SECRET}/bucket",
    f"s3://bucket/prefix?key={SECRET}",
    f"s3://bucket/prefix#{SECRET}",
]
SECRET_ENDPOINTS = [
    f"http://user:{SECRET}@127.0.0.1:9",
    f"user:{SECRET}@127.0.0.1:9",
    f"http://user:{SECRET}@[::1",
    f"http://user:{SECRET}@127.0.0.1:port",
    f"http://127.0.0.1:9/?key={SECRET}",
    f"http://user:{SECRET}/{SECRET}@127.0.0.1:9",
    f"http://127.0.0.1:9\n{SECRET}",
]


@pytest.fixture(scope="module")
def nightly(make_warehouse):
    """Return a warehouse after three nights of a small set; tests only read it."""
    warehouse = make_warehouse()
    sync_three_nights(warehouse)
    return warehouse


@pytest.fixture
def bucket(monkeypatch):
    """Return an empty bucket, which the environment of this process names."""
    with open_bucket_server() as opened:
        for name, value in opened.settings.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        yield opened


@pytest.fixture
def publish_run(nightly, tmp_path, bucket):
    """Return a function that publishes the file of a run, and returns the copy."""

    def publish(run, store=STORE, **options):
        file = make_published_file(nightly.path, tmp_path / f"{store} {run}", run, store)
        return publish_copy(file, open_bucket(ADDRESS), tmp_path / "scratch", **options)

    return publish


def test_copy_is_the_warehouse(publish_run, bucket, tmp_path):
    """The copy in the bucket has everything, `latest.json` names it, and both have the headers that caches need."""
    copy = publish_run(21)
    assert bucket.list_keys() == {"copies/run-000021.duckdb", "copies/latest.json"}
    assert is_copy(
        bucket.fetch("copies/run-000021.duckdb", tmp_path / "run.duckdb"), tmp_path / f"{STORE} 21/aclf.duckdb"
    )
    assert json.loads(bucket.read("copies/latest.json"))["sha256"] == copy.sha256
    heads = {key: bucket.client.head_object(Bucket=BUCKET, Key=f"copies/{key}") for key in ("latest.json", copy.file)}
    assert {key: head["CacheControl"] for key, head in heads.items()} == {
        "latest.json": "public, max-age=60",
        copy.file: "public, max-age=31536000, immutable",
    }
    assert heads["latest.json"]["ContentType"] == "application/json"


def test_a_name_is_written_once(publish_run, bucket):
    """However often a run is published, and after a lost `latest.json` too, its name is written once."""
    first = publish_run(21)
    assert publish_run(21) == first
    bucket.client.delete_object(Bucket=BUCKET, Key="copies/latest.json")
    assert publish_run(21).sha256 == first.sha256
    assert bucket.count_versions()["copies/run-000021.duckdb"] == 1


def test_parquet_is_beside_the_copy(publish_run, bucket):
    """The files of all tables and the manifest are there, each once, and can come later than the copy."""
    publish_run(21)
    copy = publish_run(21, as_parquet=True)
    keys = {f"copies/{name}" for name in copy.parquet}
    assert bucket.list_keys() - keys == {
        *("copies/run-000021.duckdb", "copies/run-000021/manifest.json", "copies/latest.json")
    }
    written = bucket.count_versions()
    assert written.pop("copies/latest.json") == 2
    assert set(written.values()) == {1}


def test_older_runs_and_other_warehouses_are_refused(publish_run, bucket):
    """The bucket stays as it was."""
    publish_run(22)
    before = bucket.list_keys()
    with pytest.raises(TargetNewer):
        publish_run(21)
    with pytest.raises(TargetOfAnotherStore):
        publish_run(23, store="another")
    assert bucket.list_keys() == before
    assert bucket.count_versions()["copies/latest.json"] == 1


def test_name_stays_for_a_week_after_the_next_one(publish_run, bucket):
    """Then it is removed; what is not ours, or beside the prefix, stays."""
    others = {"copies/index.html", "copies/run-000001.txt", "run-000001.duckdb", "other/run-000001.duckdb"}
    for key in others:
        bucket.put(key, b"not ours")
    publish_run(21)
    bucket.make_older(days=30)
    publish_run(22)
    assert "copies/run-000021.duckdb" in bucket.list_keys()
    bucket.make_older(days=7.1)
    publish_run(23)
    ours = {"copies/latest.json", "copies/run-000022.duckdb", "copies/run-000023.duckdb"}
    assert bucket.list_keys() == {*others, *ours}


@pytest.mark.quick(1)
@pytest.mark.parametrize("kill_point", KILLS, ids=str)
def test_kill_leaves_what_was_there_and_the_next_publish_heals(nightly, publish_run, bucket, tmp_path, kill_point):
    """After a kill `latest.json` names a whole copy, and the next publish leaves no upload open."""
    publish_run(21)
    file = make_published_file(nightly.path, tmp_path / "next", 22)

    def publish():
        return publish_copy(file, open_bucket(ADDRESS), tmp_path / "scratch")

    assert run_and_kill_at(kill_point, publish) == KILLED
    if kill_point is KILLS[0]:
        assert bucket.list_uploads() == ["copies/run-000022.duckdb"]
    named = read_latest(open_bucket(ADDRESS))
    assert named.run_id == (22 if kill_point in NAMED_BEFORE else 21)
    copied = bucket.fetch(f"copies/{named.file}", tmp_path / "named.duckdb")
    assert is_copy(copied, file if named.run_id == 22 else tmp_path / f"{STORE} 21" / "aclf.duckdb")

    copy = publish()
    assert is_copy(bucket.fetch(f"copies/{copy.file}", tmp_path / "healed.duckdb"), file)
    assert bucket.count_versions()[f"copies/{copy.file}"] == 1
    assert bucket.list_uploads() == []
    assert bucket.list_keys() == {"copies/latest.json", "copies/run-000021.duckdb", "copies/run-000022.duckdb"}


def test_only_abandoned_uploads_of_copies_are_ended(publish_run, bucket, monkeypatch):
    """An upload that another process may be at stays, and so does one of another name."""
    keys = ["copies/other.bin", "copies/run-000020.duckdb", "run-000020.duckdb"]
    for key in keys:
        bucket.client.create_multipart_upload(Bucket=BUCKET, Key=key)
    # For moto every upload began in the year 2010.
    with monkeypatch.context() as patched:
        patched.setattr(bucket_module, "_ABANDONED", bucket_module._ABANDONED * 36_500)
        publish_run(21)
    assert sorted(bucket.list_uploads()) == keys
    publish_run(21)
    assert sorted(bucket.list_uploads()) == ["copies/other.bin", "run-000020.duckdb"]


@pytest.mark.parametrize("address", SECRET_ADDRESSES)
def test_an_address_that_may_hold_a_secret_is_not_repeated(address):
    """It is refused before any request, and its sentence does not show it."""
    with pytest.raises(BadSetting, match="not repeated") as refused:
        open_bucket(address)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("address", ["s3:bucket", "s3://b", "s3://Bucket/x", "s3://bucket/../x", "s3://bucket/ä", ""])
def test_other_addresses_are_refused(address):
    """What is not a bucket and a prefix is refused."""
    with pytest.raises(BadSetting, match="is not an address such as"):
        open_bucket(address)


@pytest.mark.parametrize("endpoint", SECRET_ENDPOINTS)
def test_password_of_the_endpoint_is_not_shown(bucket, monkeypatch, endpoint):
    """Whatever boto3 says of the address of a service, the sentence and the traceback do not show its password."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    with pytest.raises(AclfError) as refused:
        read_latest(open_bucket(ADDRESS))
    assert SECRET not in str(refused.value)
    assert SECRET not in "".join(traceback.format_exception(refused.value))


def test_secret_is_in_no_file_and_no_error(nightly, bucket, tmp_path, publish_run, monkeypatch):
    """The secret key is in no object of the bucket, and in no error, whether the bucket is missing or the service."""
    publish_run(21, as_parquet=True)
    assert not [key for key in bucket.list_keys() if SECRET.encode() in bucket.read(key)]
    with pytest.raises(TargetFailed, match="make the bucket") as missing:
        read_latest(open_bucket("s3://missing/copies"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(TargetFailed, match="Could not connect") as unreachable:
        publish_run(22)
    for failed in (missing, unreachable):
        assert SECRET not in "".join(traceback.format_exception(failed.value))


def test_missing_credentials_are_named(bucket, monkeypatch):
    """Without credentials the sentence says where boto3 looks for them."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(TargetFailed, match="give boto3 credentials"):
        read_latest(open_bucket(ADDRESS))


def test_missing_package_is_named(monkeypatch):
    """Without boto3 the sentence says how to install it."""
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(BadSetting, match=r"pip install 'aclf-trials\[s3\]'"):
        open_bucket(ADDRESS)
