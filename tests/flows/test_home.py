"""Prefect's home is beside the warehouse if none is configured, and no file of the working folder redirects a run."""

from __future__ import annotations

import os

import pytest

from extract.errors import BadSetting
from flows.orchestration.home import prepare_prefect, refuse_settings_of
from warehouse.paths import Paths

ELSEWHERE = "http://127.0.0.1:9/api"


@pytest.fixture
def paths(tmp_path, monkeypatch):
    """The paths of a warehouse, for a person who has no home folder to speak of."""
    for name, value in {"HOME": "/dev/null", "PREFECT_HOME": "", "NO_PROXY": "", "no_proxy": ""}.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return Paths.of(tmp_path / "here" / "aclf.duckdb")


def test_the_home_is_beside_the_warehouse(paths):
    """Without a home folder, and without Prefect's profiles, it is in the private state, for its owner alone."""
    prepare_prefect(paths)
    home = paths.state / "prefect"
    assert os.environ["PREFECT_HOME"] == str(home)
    assert home.stat().st_mode & 0o777 == 0o700
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("configured", ["in the environment", "by profiles"])
def test_a_home_that_a_person_configured_is_used(paths, tmp_path, monkeypatch, configured):
    """PREFECT_HOME counts, and so does a home folder with Prefect's profiles."""
    home = tmp_path / ".prefect"
    if configured == "by profiles":
        home.mkdir()
        (home / "profiles.toml").write_text("")
        monkeypatch.setenv("HOME", str(tmp_path))
    else:
        monkeypatch.setenv("PREFECT_HOME", str(home))
    prepare_prefect(paths)
    assert not paths.state.exists()
    assert home.is_dir()


def test_a_home_that_cannot_be_written_is_named_at_once(synced_aclf, registry):
    """A run ends in one sentence with the folder and PREFECT_HOME, and before it asks for anything."""
    run = synced_aclf("sync", PREFECT_HOME="/dev/null/prefect")
    assert (run.code, run.out, run.err.count("\n")) == (1, "", 1)
    assert "Prefect's home /dev/null/prefect cannot be written to (Not a directory)" in run.err
    assert "set PREFECT_HOME" in run.err
    assert registry.requests == []


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (".env", f"PREFECT_API_URL={ELSEWHERE}\n"),
        (".env", f"# mine\nOTHER=1\n  export prefect_api_url = '{ELSEWHERE}'\n"),
        (".env", "PREFECT_SERVER_DATABASE_CONNECTION_URL=sqlite+aiosqlite:////tmp/x.db\n"),
        ("prefect.toml", f'[api]\nurl = "{ELSEWHERE}"\n'),
        ("prefect.toml", "not TOML"),
        ("pyproject.toml", f'[tool.prefect.api]\nurl = "{ELSEWHERE}"\n'),
    ],
)
def test_settings_of_the_working_folder_are_refused(tmp_path, file, text):
    """Prefect would obey these files; the sentence names the file and what to do."""
    (tmp_path / file).write_text(text)
    with pytest.raises(BadSetting, match=str(tmp_path / file)) as refusal:
        refuse_settings_of(tmp_path)
    assert "set it in the environment" in refusal.value.next_step


def test_files_that_change_nothing_are_no_reason(tmp_path, monkeypatch):
    """Other programs' settings, and what the environment sets to something else anyway, are left alone."""
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:4200/api")
    (tmp_path / ".env").write_text(f"TOKEN=1\nMY_PREFECT_X=2\n#PREFECT_HOME=/x\nPREFECT_API_URL={ELSEWHERE}\n")
    (tmp_path / "pyproject.toml").write_text('[tool.ruff]\nline-length = 100\n[project]\nname = "x"\n')
    refuse_settings_of(tmp_path)


@pytest.mark.quick(1)
@pytest.mark.parametrize("command", [["sync"], ["serve"], ["backfill", "--orchestrate", "NCT03863002"]])
def test_a_dotenv_does_not_redirect_a_run(synced_aclf, registry, command):
    """The command ends with 2 and names the file; `--direct` has nothing to do with Prefect and runs."""
    (synced_aclf.folder / ".env").write_text(f"PREFECT_API_URL={ELSEWHERE}\n")
    run = synced_aclf(*command)
    assert (run.code, run.out, run.err.count("\n")) == (2, "", 1)
    assert f"{synced_aclf.folder}/.env sets PREFECT_API_URL" in run.err
    assert registry.requests == []
