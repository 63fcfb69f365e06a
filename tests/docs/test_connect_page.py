"""`docs/connect.md` is true: each of its lines runs, the others where their tool can be installed."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import venv

import pytest
import yaml

from tests.support.assistant import open_assistant
from tests.support.command_group import list_commands
from tests.support.command_line import ACLF
from tests.support.folders import DOCS
from tests.support.ranges import make_web_reader, serve_ranges
from tests.tools import sources_file
from warehouse.targets.folder import open_folder
from warehouse.targets.web_copies import publish_copy

PAGE = (DOCS / "connect.md").read_text()
SECTIONS = dict(part.split("\n", 1) for part in PAGE.split("\n## ")[1:])
SHELL_LINES = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
NOTEBOOK = (DOCS / "notebook.py").read_text()
QUESTIONS = re.findall(r'ask\("""(.*?)"""\)', NOTEBOOK, re.DOTALL)
COMMANDS = list_commands()
LONGEST_SECONDS = 600


def read_blocks(section, language):
    """Return the code of a section in a language, block by block."""
    return re.findall(rf"```{language}\n(.*?)```", SECTIONS[section], re.DOTALL)


def run(command, folder, *more_paths):
    """Run a command in a folder, where it finds `aclf` and the tools of more paths first."""
    path = os.pathsep.join([*map(str, more_paths), str(ACLF.parent), "/usr/bin", "/bin"])
    machine = {name: value for name, value in os.environ.items() if not name.startswith(("ACLF_", "PYTHON"))}
    return subprocess.run(
        command,
        cwd=folder,
        env=machine | {"PATH": path, "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )


def run_well(command, folder, *more_paths):
    """Return what a command prints, and fail the test if it fails."""
    ended = run(command, folder, *more_paths)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture
def folder(tmp_path, aclf_after_both_nights):
    """Return a folder with the warehouse of the sample's two nights, and the files that the page names."""
    here = tmp_path / "here"
    shutil.copytree(aclf_after_both_nights.folder, here, symlinks=True)
    for name in ("notebook.py", "sources.yml"):
        shutil.copy(DOCS / name, here)
    return here


@pytest.fixture(scope="module")
def tools(tmp_path_factory):
    """Return the folder of the programs of an environment of its own."""
    environment = tmp_path_factory.mktemp("tools") / "venv"
    venv.create(environment, with_pip=True)
    return environment / "bin"


def install(tools, requirements):
    """Install packages into the environment of the tools; skip the test where they cannot be had."""
    installed = run([tools / "python", "-m", "pip", "install", "--quiet", *requirements], tools)
    if installed.returncode:
        pytest.skip(f"{' '.join(requirements)} cannot be installed here: {installed.stderr.splitlines()[-1]}")


def write_files(section, folder):
    """Write the files whose blocks begin with a comment that is their name."""
    for language in ("yaml", "sql"):
        for block in read_blocks(section, language):
            name = re.match(r"(?:#|--) (\S+)\n", block)[1]
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(block)


@pytest.mark.parametrize("line", [line for line in SHELL_LINES if line.startswith("aclf ")])
def test_a_command_of_the_page_exists(line):
    """Each `aclf` line names a command and options that exist."""
    _, name, *words = shlex.split(line.partition(" | ")[0].partition(" > ")[0])
    options = {option for parameter in COMMANDS[name].params for option in parameter.opts}
    assert {word for word in words if word.startswith("-")} <= options


def test_pandas_reads_the_warehouse(folder):
    """The lines for pandas print the trials by the group of their status."""
    printed = run_well([sys.executable, "-c", read_blocks("Python", "python")[0]], folder)
    assert re.search(r"^planned +14$", printed, re.MULTILINE)


def test_safe_csv_is_written(folder):
    """The lines for a spreadsheet write a file with a row for each trial of the set."""
    (lines,) = read_blocks("Excel", "sh")
    run_well(["sh", "-ec", lines], folder)
    assert len((folder / "trials.csv").read_text().splitlines()) == 73


def test_sources_of_dbt_are_those_of_the_warehouse(aclf_after_both_nights):
    """The file has every table and column of today; `make docs` writes it."""
    text = sources_file.FILE.read_text()
    assert text == sources_file.make_sources(aclf_after_both_nights.warehouse)
    (main, ctgov) = yaml.safe_load(text)["sources"]
    assert (main["database"], main["schema"], ctgov["schema"]) == ("aclf", "main", "ctgov")


@pytest.mark.parametrize("question", QUESTIONS)
def test_question_of_the_notebook_is_answered(aclf_after_both_nights, question):
    """Each question of the notebook has rows."""
    assert aclf_after_both_nights.rows(question)


def test_notebook_has_three_plots():
    """Three questions are drawn, and one names the night."""
    assert (NOTEBOOK.count("alt.Chart("), len(QUESTIONS)) == (3, 4)


def test_settings_of_the_assistant_start_it(folder):
    """The command and the arguments of the JSON are those that a client needs, with this machine's paths."""
    (settings,) = read_blocks("An assistant", "json")
    server = json.loads(settings)["mcpServers"]["aclf"]
    assert server["command"].endswith("/.venv/bin/aclf")
    arguments = [str(folder / "aclf.duckdb") if word.endswith(".duckdb") else word for word in server["args"]]
    assert arguments.pop(0) == "mcp"
    with open_assistant(folder.parent, *arguments) as assistant:
        named = set(re.findall(r"^\| `(\w+)` \|", SECTIONS["An assistant"], re.MULTILINE))
        assert {tool.name for tool in assistant.list_tools()} == named


@pytest.mark.slow
@pytest.mark.timeout(LONGEST_SECONDS)
def test_shell_of_duckdb_answers(folder, tools):
    """DuckDB's shell prints the trials by the group of their status."""
    install(tools, ["duckdb-cli"])
    (lines,) = read_blocks("DuckDB's shell", "sh")
    assert re.search(r"│ planned +│ +14 │", run_well(["sh", "-ec", lines], folder, tools))


@pytest.mark.slow
@pytest.mark.timeout(LONGEST_SECONDS)
def test_polars_reads_the_warehouse(folder, tools):
    """The lines for polars count the sites by country."""
    install(tools, ["duckdb", "polars", "pyarrow"])
    printed = run_well([tools / "python", "-c", read_blocks("Python", "python")[1]], folder)
    assert "China" in printed


@pytest.mark.slow
@pytest.mark.timeout(LONGEST_SECONDS)
@pytest.mark.skipif(not shutil.which("Rscript"), reason="R is not installed")
def test_r_reads_the_warehouse(folder):
    """The lines for R print the trials by the group of their status."""
    ended = run(["Rscript", "-e", *read_blocks("R", "r")], folder)
    if "there is no package called" in ended.stderr:
        pytest.skip("R's package duckdb is not installed")
    assert "planned" in ended.stdout, ended.stderr


@pytest.mark.slow
@pytest.mark.timeout(LONGEST_SECONDS)
def test_notebook_becomes_a_page(folder, tools):
    """Marimo runs the notebook without an error, and its page names the number of trials."""
    (lines,) = read_blocks("A notebook", "sh")
    install(tools, shlex.split(lines.splitlines()[0])[2:])
    run_well(["sh", "-ec", lines], folder, tools)
    assert "72 trials" in (folder / "notebook.html").read_text()


@pytest.mark.slow
@pytest.mark.timeout(LONGEST_SECONDS)
def test_dbt_makes_a_model(folder, tools):
    """The model of the page is made from the attached warehouse, and shows its rows."""
    (lines,) = read_blocks("dbt", "sh")
    install(tools, shlex.split(lines.splitlines()[0])[2:])
    write_files("dbt", folder)
    printed = run_well(["sh", "-ec", lines], folder, tools)
    assert "PASS=1 WARN=0 ERROR=0" in printed
    assert "| China" in printed


@pytest.mark.slow
@pytest.mark.timeout(LONGEST_SECONDS)
def test_datasette_serves_a_copy(folder, tools):
    """Datasette finds a trial by a word of its title, and lists are JSON."""
    (lines,) = read_blocks("Datasette", "sh")
    install(tools, shlex.split(lines.splitlines()[0])[2:])
    *copy, serve = lines.splitlines()
    assert serve == "datasette trials.sqlite"
    run_well(["sh", "-ec", "\n".join(copy)], folder, tools)
    question = "/trials/trials.json?_search=mesenchymal&_facet_array=countries"
    answer = json.loads(run_well(["sh", "-ec", f"{serve} --get '{question}'"], folder, tools))
    assert answer["filtered_table_rows_count"] > 10
    assert "China" in {value["value"] for value in answer["facet_results"]["countries"]["results"]}


@pytest.fixture
def web(folder):
    """Return a folder with a copy of the warehouse for the web."""
    publish_copy(folder / "aclf.duckdb", open_folder(str(folder / "web")), folder / "scratch")
    return folder / "web"


@pytest.mark.slow
@pytest.mark.timeout(LONGEST_SECONDS)
def test_python_reads_the_warehouse_over_the_web(web, tmp_path):
    """The lines for Python find the newest name, attach it by its address, and print the trials by their group."""
    reader = make_web_reader(tmp_path, "pandas")
    (lines,) = read_blocks("Over the web", "python")
    with serve_ranges(web) as (url, _):
        command = [reader.python, "-c", lines.replace("https://trials.example.org", url)]
        ended = subprocess.run(command, env=reader.environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert re.search(r"^planned +14$", ended.stdout, re.MULTILINE)


@pytest.mark.slow
@pytest.mark.timeout(LONGEST_SECONDS)
def test_sql_reads_the_warehouse_over_the_web(web, tmp_path):
    """The first block of SQL gives the name that the second attaches."""
    reader = make_web_reader(tmp_path)
    find, attach = read_blocks("Over the web", "sql")
    with serve_ranges(web) as (url, _), reader.open_session() as session:
        ((newest,),) = session.fetch_rows(find.replace("https://trials.example.org", url))
        shown = attach.replace("https://trials.example.org", url).replace("run-000021.duckdb", newest)
        assert ["planned", 14] in session.fetch_rows(shown)


@pytest.mark.slow
@pytest.mark.timeout(LONGEST_SECONDS)
@pytest.mark.skipif(not shutil.which("Rscript"), reason="R is not installed")
def test_r_reads_the_warehouse_over_the_web(web, folder):
    """The lines for R find the newest name, attach it, and print the trials by their group."""
    (lines,) = read_blocks("Over the web", "r")
    with serve_ranges(web) as (url, _):
        ended = run(["Rscript", "-e", lines.replace("https://trials.example.org", url)], folder)
    if "there is no package called" in ended.stderr or "Failed to download extension" in ended.stderr:
        pytest.skip("R has no duckdb with httpfs here")
    assert ended.returncode == 0, ended.stderr
    assert re.search(r"\bplanned\b", ended.stdout)
