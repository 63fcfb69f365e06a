"""What a failed flow run shows on its page, and what it tells of the operator's command."""

# ruff: noqa: PLC0415 - Prefect reads its settings at its import, which takes seconds

from __future__ import annotations

import pytest

from extract.errors import RegistryRefused

SECRET = "T000-B000-SECRETHOOK"


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (f"false {SECRET}", "ended with exit code 1"),
        (f"https://hooks.example/{SECRET}", "ended with exit code 127"),
        (f"echo {SECRET} >&2; exit 3", "ended with exit code 3"),
        (f"'{SECRET}", "ended with exit code 2"),
        (f"\0{SECRET}", "could not be started"),
    ],
    ids=["fails", "not a command", "prints it", "unclosed quote", "not a line"],
)
def test_a_failed_command_is_not_repeated(monkeypatch, capfd, command, reason):
    """How the operator's command ended is printed; the command, and what it says of itself, is not."""
    from flows.orchestration import failure

    monkeypatch.setattr(failure.os, "environ", {**failure.os.environ, failure.ON_FAILURE: command})
    failure.tell_operator("aclf: sync: it failed.\n")
    printed = capfd.readouterr()
    assert printed.err == f"aclf: the command of ACLF_ON_FAILURE {reason}; the failure itself is on the run's page.\n"
    assert SECRET not in printed.out + printed.err


def test_a_command_that_works_gets_the_sentence(monkeypatch, capfd):
    """The command reads the sentence on its standard input; what it writes is shown, beside a run's own output."""
    from flows.orchestration import failure

    monkeypatch.setenv(failure.ON_FAILURE, "cat")
    failure.tell_operator("aclf: sync: it failed.\n")
    assert capfd.readouterr() == ("", "aclf: sync: it failed.\n")


def test_the_page_of_a_failure_is_only_text():
    """Words of the registry become no link, image, heading or HTML on Prefect's page."""
    from flows.orchestration.failure import format_failure

    page = format_failure("sync \x1b[31m<b>", RegistryRefused("it said: <img src=x> ![a](http://e.example)\n# Run 9"))
    assert page.startswith("## sync \\[31m\\<b> failed\n\n### What happened\n\n")
    assert "It said: \\<img src=x> !\\[a\\](http\\://e.example) \\# Run 9." in page
    assert page.replace("\n", "").isprintable()


def test_the_summary_of_a_run_is_only_text():
    """A data release of any name stays in its cell of the summary's table."""
    from flows.orchestration.artifacts import format_summary

    counts = dict.fromkeys(
        ("inserted", "updated", "unchanged", "left", "merged", "quarantined", "problems", "drift"), 0
    )
    facts = {"registry": "https://r.example", "condition_set": "a|b", "listed": 1, "fetched": 1, "requests": 2}
    run = {"run_id": 1, "command": "sync", "outcome": "published", "seconds": 1.0, "warehouse": "/w/aclf.duckdb"}
    page = format_summary({**counts, **facts, **run, "data_timestamp": "2026\x1b]52;c\x07\n| x | <script> |"})
    assert "| registry | https\\://r.example, data of 2026\\]52;c \\| x \\| \\<script> \\| UTC |" in page
    assert "| condition set | a\\|b |" in page
    assert page.replace("\n", "").isprintable()
