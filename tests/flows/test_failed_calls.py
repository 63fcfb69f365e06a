"""What Prefect's server says when it ends is kept, and its cause is told in one line."""

from __future__ import annotations

import pytest

from flows.orchestration.failed_calls import find_cause

TRACEBACK = """ERROR:    Traceback (most recent call last):
  File "lifespan.py", line 1, in startup
    raise CommandError(message)
{}

ERROR:    Application startup failed. Exiting.
"""


@pytest.mark.parametrize(
    ("log", "cause"),
    [
        (TRACEBACK.format("alembic.util.exc.CommandError: Can't locate revision identified by 'ffff'"),
         "alembic.util.exc.CommandError: Can't locate revision identified by 'ffff'"),
        (TRACEBACK.format("sqlite3.OperationalError: disk is full\n\nThe above exception was the direct cause of\n\n"
                          "sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) disk is full"),
         "sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) disk is full"),
        ("OSError: [Errno 28] No space left on device\n", "OSError: [Errno 28] No space left on device"),
        ("Killed\n", "Killed"),
        ("", ""),
        ("ValueError: cannot connect to postgresql://me:secret@db/prefect\x1b[31m\n",
         "ValueError: cannot connect to postgresql://db/prefect[31m"),
    ],
)  # fmt: skip
def test_the_last_error_of_a_log_is_its_cause(tmp_path, log, cause):
    """The last error of a traceback counts, without passwords and control characters; else the last line."""
    file = tmp_path / "prefect.log"
    file.write_text(log)
    assert find_cause(file) == cause


def test_a_log_that_is_missing_has_no_cause(tmp_path):
    """Where nothing was written there is nothing to tell."""
    assert find_cause(tmp_path / "prefect.log") == ""


def test_a_cause_is_short(tmp_path):
    """A line of any length becomes part of a sentence."""
    file = tmp_path / "prefect.log"
    file.write_text("ValueError: " + "x" * 5000)
    assert len(find_cause(file)) == 300
