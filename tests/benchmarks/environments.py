"""Make the virtual environments of peers and of the last release, and keep them.

venv and pip do it as this machine configures them, and git gives the files of the release.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.contenders import RELEASE, read_release

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.benchmarks.contenders import Contender

_LONGEST = 600
_ROOT = Path(__file__).parents[2]
_ADDRESS = re.compile(r"\w+://\S+|host='[^']*'")


class CannotBeInstalledError(RuntimeError):
    """A peer's packages cannot be installed on this machine; the message says why, and names no host."""


def find_interpreters(contenders: Iterable[Contender], folder: Path) -> tuple[Mapping[str, Path], Mapping[str, str]]:
    """Return the interpreters of the contenders, and the reasons why some have none.

    Returns:
        The interpreter by name of the environment, with this process's own under ''; and by name of the contender the
        reason why its environment cannot be made.
    """
    found, missing = {"": Path(sys.executable)}, {}
    for contender in contenders:
        if contender.environment not in found:
            try:
                if contender.environment == RELEASE:
                    found[RELEASE] = install_release(read_release(), folder)
                else:
                    found[contender.environment] = install_environment(contender.requirements, folder)
            except CannotBeInstalledError as reason:
                missing[contender.name] = f"not measured, because its packages cannot be installed here: {reason}"
    return found, missing


def install_environment(requirements: Path, folder: Path) -> Path:
    """Return the interpreter of the environment with these requirements; make the environment where it is missing.

    Args:
        requirements: a requirements file in a folder with the environment's name; a file with another text makes
            another environment.
        folder: the folder for environments.

    Raises:
        CannotBeInstalledError: when a package is not found, has no wheel for this machine, or takes too long.
    """
    name, text = requirements.parent.name, requirements.read_text()
    digest = hashlib.sha256(f"{sys.version}\n{text}".encode()).hexdigest()[:12]
    environment = folder / f"environment-{name}-{digest}"
    # The file `complete` is written last, so that a broken installation is made again.
    python, complete = environment / "bin" / "python", environment / "complete"
    if not complete.exists():
        sys.stderr.write(f"{name}: its packages are installed, once\n")
        _run([sys.executable, "-m", "venv", "--clear", str(environment)])
        install = ("install", "--disable-pip-version-check", "--quiet", "--only-binary", ":all:")
        _run([str(python), "-m", "pip", *install, "--requirement", str(requirements)])
        complete.touch()
    return python


def install_release(commit: str, folder: Path) -> Path:
    """Return the interpreter of an environment with an earlier version of this project and its locked packages.

    Args:
        commit: the commit or tag, which must be in this repository.
        folder: the folder for environments.

    Raises:
        CannotBeInstalledError: this clone does not have the commit, or a package cannot be installed.
    """
    digest = hashlib.sha256(f"{sys.version}\n{commit}".encode()).hexdigest()[:12]
    environment = folder / f"environment-{RELEASE}-{digest}"
    python, complete = environment / "bin" / "python", environment / "complete"
    if not complete.exists():
        sys.stderr.write(f"the last release, {commit}: it is installed, once\n")
        _run([sys.executable, "-m", "venv", "--clear", str(environment)])
        checkout, files = environment / "checkout", environment / "files.tar"
        checkout.mkdir()
        _run(["git", "-C", str(_ROOT), "archive", f"--output={files}", commit])
        _run(["tar", "--extract", f"--file={files}", f"--directory={checkout}"])
        install = (str(python), "-m", "pip", "install", "--disable-pip-version-check", "--quiet")
        _run([*install, "--require-hashes", "--requirement", str(checkout / "requirements.lock")])
        _run([*install, "--no-deps", "--no-build-isolation", "--editable", str(checkout)])
        complete.touch()
    return python


def _run(command: Sequence[str]) -> None:
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=_LONGEST, check=False)
    except subprocess.TimeoutExpired as error:
        raise CannotBeInstalledError(f"pip had not ended after {_LONGEST} s") from error
    except FileNotFoundError as error:
        raise CannotBeInstalledError(f"the program {command[0]} is not installed") from error
    if result.returncode:
        raise CannotBeInstalledError(_find_reason(result.stderr + result.stdout))


def _find_reason(output: str) -> str:
    """Return the last error of pip or venv, without the address of an index."""
    lines = [line for line in output.splitlines() if line.strip()] or ["no reason was given"]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return _ADDRESS.sub("…", (errors or lines)[-1])
