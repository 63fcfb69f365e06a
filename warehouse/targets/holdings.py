"""What each target holds, as far as this machine knows: one file a target in `.aclf/targets/`.

`aclf status` and `aclf runs` read these files, so they ask no server.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from extract.files import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.paths import Paths
    from warehouse.targets.addresses import Address

_NAME_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Holding:
    """What a target holds, as of the last publish to it from here.

    Attributes:
        target: its address in messages.
        run_id: the run that it holds, or None if none was ever published from here.
        published_at: when that run was published there; aware.
        failed_at: when a publish last failed, or None if the last one went well.
        failure: why it failed, or None.
    """

    target: str
    run_id: int | None = None
    published_at: datetime | None = None
    failed_at: datetime | None = None
    failure: str | None = None


def read_holdings(paths: Paths) -> list[Holding]:
    """Return what each target holds that was ever published to, by its name."""
    files = sorted(paths.targets.glob("*.json")) if paths.targets.is_dir() else []
    holdings = []
    for file in files:
        # A file that somebody spoiled is no reason to keep the rest back: the next publish writes it again.
        with suppress(OSError, ValueError, TypeError, KeyError):
            holdings.append(_parse_holding(file.read_text("utf-8")))
    return sorted(holdings, key=lambda holding: holding.target)


def note_published(paths: Paths, address: Address, run_id: int, moment: datetime) -> None:
    """Note that a target holds a run now."""
    _write(paths, address, Holding(address.name, run_id, moment))


def note_failure(paths: Paths, address: Address, failure: str, moment: datetime) -> None:
    """Note that a publish to a target failed; it holds what it held."""
    held = Holding(address.name)
    with suppress(OSError, ValueError, TypeError, KeyError):
        held = _parse_holding(_get_file(paths, address).read_text("utf-8"))
    _write(paths, address, replace(held, failed_at=moment, failure=failure))


def forget_target(paths: Paths, address: Address) -> None:
    """No longer keep what a target holds."""
    _get_file(paths, address).unlink(missing_ok=True)


def _write(paths: Paths, address: Address, holding: Holding) -> None:
    paths.targets.mkdir(parents=True, exist_ok=True)
    write_whole(_get_file(paths, address), json.dumps(asdict(holding), default=str).encode())


def _get_file(paths: Paths, address: Address) -> Path:
    digest = sha256(address.name.encode()).hexdigest()
    return paths.targets / f"{digest[:_NAME_LENGTH]}.json"


def _parse_holding(text: str) -> Holding:
    fields = json.loads(text)
    moments = {name: fields[name] and datetime.fromisoformat(fields[name]) for name in ("published_at", "failed_at")}
    return Holding(**fields | moments)
