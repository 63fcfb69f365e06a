"""The virtual environments of peers: made with venv and pip as this machine has them configured, and kept."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.benchmarks.contenders import Contender

_LONGEST = 600
_ADDRESS = re.compile(r"\w+://\S+|host='[^']*'")


class CannotBeInstalledError(RuntimeError):
    """A peer's packages are not to be had on this machine; the message says why, and names no host."""


def find_interpreters(contenders: Iterable[Contender], folder: Path) -> tuple[Mapping[str, Path], Mapping[str, str]]:
    """What the contenders run with.

    Returns:
        The interpreter by name of the environment, with this one's under ''; and by name of the contender why its
        environment cannot be had.
    """
    found, missing = {"": Path(sys.executable)}, {}
    for contender in contenders:
        if contender.environment not in found:
            try:
                found[contender.environment] = install_environment(contender.requirements, folder)
            except CannotBeInstalledError as reason:
                missing[contender.name] = f"not measured, because its packages cannot be installed here: {reason}"
    return found, missing


def install_environment(requirements: Path, folder: Path) -> Path:
    """The interpreter of the environment with these requirements, which is made unless it is there.

    Args:
        requirements: a requirements file in a folder that has the environment's name; another text is another
            environment.
        folder: where environments are kept.

    Raises:
        CannotBeInstalledError: when a package is not found, has no wheel for this machine, or takes too long.
    """
    name, text = requirements.parent.name, requirements.read_text()
    digest = hashlib.sha256(f"{sys.version}\n{text}".encode()).hexdigest()[:12]
    place = folder / f"environment-{name}-{digest}"
    python, complete = place / "bin" / "python", place / "complete"
    if not complete.exists():
        sys.stderr.write(f"{name}: its packages are installed, once\n")
        _run([sys.executable, "-m", "venv", "--clear", str(place)])
        install = ("install", "--disable-pip-version-check", "--quiet", "--only-binary", ":all:")
        _run([str(python), "-m", "pip", *install, "--requirement", str(requirements)])
        complete.touch()
    return python


def _run(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_LONGEST, check=False)
    except subprocess.TimeoutExpired as error:
        raise CannotBeInstalledError(f"pip had not ended after {_LONGEST} s") from error
    if done.returncode:
        raise CannotBeInstalledError(_reason(done.stderr + done.stdout))


def _reason(output: str) -> str:
    """The last error that pip or venv tells of, without the address of an index."""
    lines = [line for line in output.splitlines() if line.strip()] or ["no word of why"]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return _ADDRESS.sub("…", (errors or lines)[-1])
