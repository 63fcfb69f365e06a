"""An address says what kind of target it is, and never holds a password."""

from __future__ import annotations

import pytest

from extract.errors import BadSetting
from warehouse.targets.addresses import Kind, parse_address

SECRET = "hunter2"


@pytest.mark.parametrize(
    ("text", "kind", "location", "name"),
    [
        ("postgresql://ann@db/aact", Kind.postgresql, "postgresql://ann@db/aact", "postgresql://ann@db/aact"),
        ("postgres://db:5433/aact", Kind.postgresql, "postgres://db:5433/aact", "postgres://db:5433/aact"),
        (
            "postgresql://db/aact?sslmode=verify-full&reader=analysts",
            Kind.postgresql,
            "postgresql://db/aact?sslmode=verify-full",
            "postgresql://db/aact",
        ),
        (
            "ducklake:postgres:postgresql://db/lake?data_path=/srv/lake",
            Kind.ducklake,
            "postgresql://db/lake",
            "ducklake:postgres:postgresql://db/lake",
        ),
        ("s3://bucket/aclf", Kind.bucket, "s3://bucket/aclf", "s3://bucket/aclf"),
        ("/srv/www/aclf", Kind.folder, "/srv/www/aclf", "/srv/www/aclf"),
        ("a folder, with a comma", Kind.folder, "a folder, with a comma", "a folder, with a comma"),
    ],
)
def test_an_address_says_its_kind(text, kind, location, name):
    """Our own options are not passed on to the library that opens the target, and no option is in a message."""
    address = parse_address(text)
    assert (address.kind, address.location, address.name) == (kind, location, name)


def test_an_address_names_its_reader():
    """`reader` is the role that may read the database."""
    assert parse_address("postgresql://db/aact?reader=analysts").reader == "analysts"
    assert parse_address("postgresql://db/aact").reader is None


@pytest.mark.parametrize(
    "text",
    [
        f"postgresql://ann:{SECRET}@db/aact",
        f"postgres://:{SECRET}@db/aact",
        f"postgresql://ann:{SECRET}/with-a-slash@db/aact",
        f"postgresql://db/aact?password={SECRET}",
        f"postgresql://db/aact?PASSWORD={SECRET}",
        f"postgresql://db/aact?sslpassword={SECRET}",
        f"postgresql://db/aact?reader=x&passfile=/home/{SECRET}",
        f"postgresql://db/aact#{SECRET}",
        f"postgresql://ann:{SECRET}@[::1/aact",
        f"postgresql://ann:{SECRET}@db:port/aact",
        f"ducklake:postgres:postgresql://ann:{SECRET}@db/lake?data_path=/srv",
        f"ducklake:postgres:dbname=lake password={SECRET}",
        f"s3://key:{SECRET}@bucket/aclf",
        f"s3://{SECRET}@bucket/aclf",
        f"s3://bucket/aclf?secret_access_key={SECRET}",
        f"mysql://ann:{SECRET}@db/aact",
        f"\npostgresql://ann:{SECRET}@db/aact",
    ],
)
def test_an_address_with_a_secret_is_refused_and_not_repeated(text):
    """A password in an address would be in `ps`, in the shell's history and in the schedule's settings."""
    with pytest.raises(BadSetting) as refused:
        parse_address(text)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("text", ["", "  ", "mysql://db/aact", "https://db/aact", "ducklake:lake.db"])
def test_another_kind_is_refused(text):
    """What is no target is refused with the kinds that there are."""
    with pytest.raises(BadSetting):
        parse_address(text)


def test_a_lake_needs_a_folder_for_its_files():
    """A lake's catalog does not say where its files are to be."""
    with pytest.raises(BadSetting, match="data_path"):
        parse_address("ducklake:postgres:postgresql://db/lake")
