"""A package that is installed on request only is named when it is missing, with the line that installs it."""

from __future__ import annotations

import pytest

from flows.errors import ExtraMissing
from flows.extras import require_extra


def test_a_missing_package_is_named_with_its_extra():
    """The sentence has what needs it, the package, and the command of the extra."""
    with pytest.raises(ExtraMissing) as missing:
        require_extra("dask", "no_such_package", "--dask")
    assert str(missing.value) == (
        "--dask needs the package no_such_package, which is not installed; nothing was changed; "
        "install it with `pip install 'aclf-trials[dask]'`, in the environment of `aclf`."
    )


def test_a_package_that_is_there_is_not_missed():
    """Nothing is imported to find that out."""
    require_extra("dask", "prefect_dask", "--dask")
