"""`python -m extract.sample` serves the sample or a file of studies, and prints the URL."""

from __future__ import annotations

import gzip
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import orjson
import pytest
import requests

from extract.sample.__main__ import read_studies
from tests.support.made_studies import make_study

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TWO_STUDIES = b"".join(orjson.dumps(make_study(number)) + b"\n" for number in (1, 2))
WRITTEN = 1_789_000_000  # 2026-09-10T00:26:40Z


@contextmanager
def run_sample(*arguments: str | Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `python -m extract.sample`; yield its process and the line that it printed."""
    command = [sys.executable, "-m", "extract.sample", *map(str, arguments)]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes, text=True, env=buffered) as process:
        try:
            yield process, process.stdout.readline()
        finally:
            process.send_signal(signal.SIGINT)


@pytest.fixture
def studies(tmp_path: Path) -> Path:
    """Write a file of two studies, with a known time of modification."""
    path = tmp_path / "studies.ndjson"
    path.write_bytes(TWO_STUDIES)
    os.utime(path, (WRITTEN, WRITTEN))
    return path


def test_the_first_line_names_the_url_and_the_studies(studies: Path) -> None:
    """The first line begins with the URL, and names the number of studies and their night."""
    with run_sample("--studies", studies) as (_, line):
        url, description = line.split(" ", 1)
        total = requests.get(f"{url}/studies", params={"countTotal": "true"}, timeout=10).json()["totalCount"]
    assert description == "serves 2 studies as of 2026-09-10T00:26:40\n"
    assert total == 2


def test_ctrl_c_ends_it_quietly(studies: Path) -> None:
    """Ctrl-C ends the server with exit code 0 and without a message."""
    with run_sample("--studies", studies) as (process, _):
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0
        assert process.stderr.read() == ""


def test_the_sample_is_served_by_default() -> None:
    """Without a file, the command serves the first night of the sample, marked as a sample."""
    with run_sample() as (_, line):
        reply = requests.get(f"{line.split()[0]}/version", timeout=10)
    assert reply.headers["X-Sample-Registry"] == "aclf-trials"
    assert reply.json()["dataTimestamp"] in line


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--studies", "no-such-file"], "No such file"),
        (["--night", "0"], "The sample has nights 1 to 3, not 0"),
        (["--port", "99999999"], "port must be 0-65535"),
    ],
)
def test_a_wrong_argument_is_explained_in_one_line(arguments: list[str], message: str) -> None:
    """An impossible file, night or port is refused with exit code 2 and the reason."""
    command = [sys.executable, "-m", "extract.sample", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 2
    assert message in ended.stderr.splitlines()[-1]


def test_a_gzip_file_is_served_like_a_plain_one(studies: Path) -> None:
    """A `.gz` file holds the same studies, byte for byte."""
    compressed = studies.with_name("studies.ndjson.gz")
    compressed.write_bytes(gzip.compress(TWO_STUDIES))
    assert [read_studies(path).get_study("NCT00000002") for path in (studies, compressed)] == [
        TWO_STUDIES.splitlines()[1],
        TWO_STUDIES.splitlines()[1],
    ]


def test_a_file_that_was_written_again_is_another_night(studies: Path) -> None:
    """The night of a file is the time when it was written, so the same file is the same night."""
    before = read_studies(studies).data_timestamp
    assert read_studies(studies).data_timestamp == before
    os.utime(studies, (WRITTEN + 1, WRITTEN + 1))
    assert read_studies(studies).data_timestamp != before
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", before)
