"""The entry point of the command line, `aclf`."""

from __future__ import annotations

import os
import sys

from flows.cli.streams import accept_any_character
from flows.collector import pause_garbage_collection
from flows.errors import InternalError
from flows.signals import as_aclf_error, catch_signals, get_received_signal


def main() -> None:
    """Run the command line; print one sentence about a failure and exit with its code."""
    accept_any_character()
    # numpy's library for matrices, which nobody here multiplies, would start a thread for each core.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        with catch_signals(), pause_garbage_collection():
            # Imported here, because much of what a command imports comes with it.
            from flows.cli.commands import make_app  # noqa: PLC0415 - see above

            make_app(*sys.argv[1:2])()
    except BaseException as stop:
        # A plain exit goes on. An exit after a signal is reported as that signal: SIGTERM raises SystemExit, and Click
        # turns Ctrl-C into an exit.
        if isinstance(stop, SystemExit) and not get_received_signal():
            raise
        # Imported here because they are slow to import, and most commands end well.
        import traceback  # noqa: PLC0415 - the same

        from extract.printable import clean_sentence  # noqa: PLC0415 - the same
        from flows.cli.terminal import print_error  # noqa: PLC0415 - slow to import

        error = as_aclf_error(stop)
        if isinstance(error, InternalError):
            # The exceptions of a library may quote the registry or an address, so each line is cleaned.
            lines = "".join(traceback.format_exception(stop)).splitlines()
            sys.stderr.writelines(f"{clean_sentence(line)}\n" for line in lines)
        print_error(str(error))
        raise SystemExit(error.exit_code) from None
