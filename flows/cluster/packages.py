"""Requests and answers that cross machines, as plain values: the bytes of replies go out, a part comes back.

A worker of the cluster shares no disk with the run. So it writes the replies to a folder of its own, makes the part
there as a worker process beside the run does, and removes the folder.
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from extract.landing import LandedReply, copy_landed, read_digest, read_landed
from flows.errors import WorkersUnusable
from flows.part_jobs import PartRequest, answer_request, read_answer, write_request
from warehouse.part_files import write_made_part
from warehouse.schema import compute_derived_digest

if TYPE_CHECKING:
    from flows.part_jobs import PartResult

Package = dict[str, Any]
"""Plain values only, so that two versions of this package can read each other's, and say that they differ."""

SAME_VERSION = "install the same version of aclf-trials on every worker, start the workers again, and run the command"


def describe_maker() -> tuple[str, str]:
    """Return what decides how this process makes a part: the version of the package, and the digest of the catalog."""
    return version("aclf-trials"), compute_derived_digest()


def pack_request(request: PartRequest) -> Package:
    """Return a request with the bytes of its replies and the digests that they landed with.

    Raises:
        LandingAltered: a file is not the reply that landed.
    """
    return {
        "maker": describe_maker(),
        "replies": [
            {
                "folder": reply.file.parent.name,
                "name": reply.file.name,
                "body": read_landed(reply.file),
                "digest": read_digest(reply.file),
                "asked": reply.asked,
                "problem": reply.problem,
            }
            for reply in request.replies
        ],
        "known": request.known,
        "part": request.file.name,
    }


def answer_package(package: Package, scratch: str | None) -> Package:
    """Make the part of a request that came as a package, and return it, or the error, as a package.

    Args:
        package: the request.
        scratch: the folder in which the replies and the part lie meanwhile; None for the system's.
    """
    if package["maker"] != describe_maker():
        return {"maker": describe_maker()}
    with TemporaryDirectory(prefix="aclf-part-", dir=scratch) as name:
        folder = Path(name)
        replies = tuple(_unpack_reply(folder, fields) for fields in package["replies"])
        file = folder / "parts" / package["part"]
        line = answer_request(write_request(PartRequest(replies, file, package["known"])))
        return {"line": line, "part": file.read_bytes() if file.exists() else b""}


def unpack_answer(answer: Package, request: PartRequest, worker: str) -> PartResult:
    """Write the part that came, and return its result, or raise the error that came instead.

    Args:
        answer: what a worker answered.
        request: what it was asked.
        worker: the worker, in words.

    Raises:
        LandingFailed: the disk is full, here or there, or the folder cannot be written to.
        MemoryExhausted: the part needs more memory than the worker has.
        WorkersUnusable: another version of this package runs there.
        InternalError: a fault of this program; its traceback is in the error's notes.
    """
    if "maker" in answer:
        raise WorkersUnusable(describe_difference(worker, answer["maker"]), next_step=SAME_VERSION)
    result = read_answer(answer["line"], request)
    write_made_part(request.file, answer["part"])
    return result


def describe_difference(worker: str, maker: tuple[str, str]) -> str:
    """Return how a worker's way to make parts differs from this process's, as a clause."""
    theirs, ours = maker, describe_maker()
    return (
        f"{worker} has aclf-trials {theirs[0]} with the catalog {theirs[1][:8]}, and this run has {ours[0]} with "
        f"{ours[1][:8]}, so its rows would differ"
    )


def _unpack_reply(folder: Path, fields: Package) -> LandedReply:
    # The digest counts the name of the folder too.
    file = folder / fields["folder"] / fields["name"]
    copy_landed(file, fields["body"], fields["digest"])
    return LandedReply(file, tuple(fields["asked"]), fields["problem"])
