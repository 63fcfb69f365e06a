"""The extras of `aclf-trials`: packages that are installed on request only."""

from __future__ import annotations

from importlib.util import find_spec

from flows.errors import ExtraMissing


def require_extra(extra: str, package: str, user: str) -> None:
    """Refuse to go on without a package of an extra.

    Args:
        extra: the name of the extra.
        package: the package as it is imported.
        user: what needs it, in words.

    Raises:
        ExtraMissing: the package is not installed.
    """
    if find_spec(package) is None:
        raise ExtraMissing(
            f"{user} needs the package {package}, which is not installed",
            next_step=f"install it with `pip install 'aclf-trials[{extra}]'`, in the environment of `aclf`",
        )
