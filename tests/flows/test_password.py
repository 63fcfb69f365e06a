"""The password of our own Prefect server is random, kept, and readable by its owner alone."""

from __future__ import annotations

import os
import stat

import pytest

from flows.orchestration.password import keep_password, make_password


def test_a_password_is_long_and_never_the_same():
    """It has the form that Prefect requires, and 256 random bits."""
    one, another = make_password(), make_password()
    assert one != another
    user, _, secret = one.partition(":")
    assert (user, len(secret)) == ("aclf", 43)


def test_a_password_is_kept_for_its_owner_alone(tmp_path):
    """Nobody else can read the file, whatever the umask, and the next start finds the same password."""
    file = tmp_path / "password"
    before = os.umask(0)
    try:
        password = keep_password(file)
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text() == f"{password}\n"
    assert keep_password(file) == password


@pytest.mark.parametrize("change", ["readable", "link", "empty"])
def test_a_password_that_others_may_know_is_replaced(tmp_path, change):
    """A file that others can read, a link in its place and an empty file are not believed, nor written through."""
    file, other = tmp_path / "password", tmp_path / "other"
    other.write_text("aclf:known\n")
    other.chmod(0o600)
    if change == "link":
        file.symlink_to(other)
    else:
        file.write_text("aclf:known\n" if change == "readable" else "")
        file.chmod(0o644 if change == "readable" else 0o600)
    assert keep_password(file) != "aclf:known"
    assert (stat.S_IMODE(file.lstat().st_mode), file.is_symlink()) == (0o600, False)
    assert other.read_text() == "aclf:known\n"
