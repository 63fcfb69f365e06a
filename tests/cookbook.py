"""The cookbook's answers: `python -m tests.cookbook` writes them into `docs/cookbook.md` anew."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.command_line import CommandLine

PAGE = Path(__file__).parents[1] / "docs" / "cookbook.md"
_RECIPE = re.compile(r"(```sql\n(?P<sql>.*?)```\n)(?P<answer>\n\|.*?\n(?=\n|\Z))?", re.DOTALL)


def sample(folder: Path) -> CommandLine:
    """The command line in a folder with the sample's two nights."""
    aclf = CommandLine(folder)
    for _ in range(2):
        ended = aclf("sync", "--registry", "sample", "--direct")
        assert ended.code == 0, ended.err
    return aclf


def answered(page: str, aclf: CommandLine) -> str:
    """The page, each statement followed by its answer as a Markdown table."""
    return _RECIPE.sub(lambda recipe: f"{recipe[1]}\n{_answer(recipe['sql'], aclf)}", page)


def _answer(statement: str, aclf: CommandLine) -> str:
    ended = aclf("query", statement, "--json")
    assert ended.code == 0, ended.err
    rows = ended.document
    assert rows, statement
    lines = [list(rows[0]), ["---"] * len(rows[0]), *([_cell(value) for value in row.values()] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(value: object) -> str:
    return "" if value is None else " ".join(str(value).split()).replace("|", "\\|")


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        PAGE.write_text(answered(PAGE.read_text(), sample(Path(folder) / "here")))
