"""Refuse a folder whose file system has no symbolic links, because the warehouse is one."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from extract.errors import BadSetting
from warehouse.disk_errors import translate_disk_errors

if TYPE_CHECKING:
    from warehouse.paths import Paths

_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}
"""The codes with which file systems say that they have no symbolic links."""


def refuse_folder_without_links(paths: Paths) -> None:
    """Make a link as `publish_store` does, and remove it again. The caller holds the lock.

    Raises:
        BadSetting: The folder cannot hold symbolic links.
        LoadFailed: The disk is full.
    """
    # `clean_up` removes a link of this name if this process is killed.
    probe = paths.published / "probe.link"
    try:
        with translate_disk_errors(paths):
            paths.published.mkdir(exist_ok=True)
            probe.unlink(missing_ok=True)
            probe.symlink_to(os.path.relpath(paths.store, paths.published))
            probe.unlink()
    except OSError as error:
        if error.errno in _NO_LINKS:
            raise BadSetting(
                f"the folder {paths.warehouse.parent} cannot hold symbolic links ({error.strerror})",
                next_step="use a --warehouse on a disk of this machine, and copy the published file to the share",
            ) from error
        raise BadSetting(
            f"the folder {paths.published} cannot be written to ({error.strerror})",
            next_step="correct its permissions, or use another --warehouse",
        ) from error
