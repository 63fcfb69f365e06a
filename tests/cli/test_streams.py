"""Output in any code page: people read replacements, programs lose nothing, and no command ends in a traceback."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest

from flows.cli.streams import accept_any_character
from flows.cli.terminal import print_csv, print_json, print_lines
from tests.support.command_line import ACLF, CommandLine

TEXT = "café ≥ 肝 – 😀"
CODE_PAGES = ["ascii", "cp437", "cp1252", "cp932"]
C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
COMMANDS = [
    *(["changes"], ["show", "NCT91000001"], ["query", f"select '{TEXT}' as x"], ["query", f"selct '{TEXT}'"]),
]


def use_encoding(monkeypatch, encoding):
    """Make standard output a stream in this encoding; what is written is in its buffer."""
    made = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", made)
    accept_any_character()
    return made


def read(stream):
    stream.flush()
    return stream.buffer.getvalue()


@pytest.mark.parametrize("encoding", CODE_PAGES)
def test_people_read_what_the_code_page_has(monkeypatch, encoding):
    """A character that the code page lacks is replaced by one that looks like it, or is escaped."""
    stream = use_encoding(monkeypatch, encoding)
    print_lines(["– ≥ … \N{SNOWMAN}"], stream)
    assert read(stream).decode(stream.encoding).replace("–", "-").replace("≥", ">=").replace("…", "...") == (
        "- >= ... \\u2603\n"
    )


@pytest.mark.parametrize("encoding", CODE_PAGES)
def test_csv_loses_nothing(monkeypatch, encoding):
    """CSV in a pipe is UTF-8, whatever the code page is."""
    stream = use_encoding(monkeypatch, encoding)
    print_csv(["x"], [[TEXT]])
    assert read(stream).decode() == f"x\n{TEXT}\n"


@pytest.mark.parametrize("encoding", [*CODE_PAGES, "utf-8", "utf-16"])
def test_json_loses_nothing(monkeypatch, encoding):
    """JSON is valid in every code page: it spells the characters that the code page lacks."""
    stream = use_encoding(monkeypatch, encoding)
    print_json({"x": TEXT})
    assert json.loads(read(stream).decode(stream.encoding)) == {"x": TEXT}


def test_half_a_character_is_escaped(monkeypatch):
    """A text that UTF-8 cannot hold, such as an argument in another encoding, is escaped."""
    stream = use_encoding(monkeypatch, "utf-8")
    stream.write("\udce9\n")
    assert read(stream) == b"\\udce9\n"


@pytest.mark.quick(1)
@pytest.mark.parametrize("environment", [C_LOCALE, {"PYTHONIOENCODING": "cp1252"}], ids=str)
def test_no_command_ends_in_a_traceback(aact_warehouse, environment):
    """Each command that prints ends as it does in UTF-8, and neither stream has a traceback."""
    aclf = CommandLine(aact_warehouse.folder)
    for arguments in COMMANDS:
        settings = aclf.environment | environment
        done = subprocess.run([ACLF, *arguments], cwd=aclf.folder, env=settings, capture_output=True, check=False)
        expected = 2 if arguments == ["query", f"selct '{TEXT}'"] else 0
        assert (done.returncode, b"Traceback" in done.stderr) == (expected, False), (arguments, done)
        if arguments[:2] == ["query", f"select '{TEXT}' as x"]:
            assert done.stdout.decode() == f"x\n{TEXT}\n"
