"""Load replies while others are still being fetched: replies become parts, and parts are loaded in rounds.

Parts are made in line or by workers (`flows.workers`); this process fetches, and loads what is ready. Memory and disk
are bounded by the parts in flight and by one round.
"""

from __future__ import annotations

from collections import deque
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extract.landing import Landing, UnusableReply
from flows.errors import WorkerDied
from flows.next_store import open_next_store, translate_load_errors
from flows.part_jobs import PartRequest
from flows.workers import count_workers, open_executor
from warehouse.errors import CheckFailed, MemoryExhausted
from warehouse.loading.load import begin_load, load_round
from warehouse.part_files import name_part, open_part
from warehouse.schema import compute_derived_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

    from extract.landing import LandedReply
    from flows.next_store import NextStore
    from flows.part_jobs import PartResult
    from flows.run import RegistryRun
    from flows.workers import Executor
    from warehouse.paths import Paths

_RECORDS_PER_PART = 600
_BYTES_PER_PART = 20_000_000
"""The most records and bytes of a part. Small parts waste their fixed cost; large ones need much memory in a worker."""

_RECORDS_PER_ROUND = 6200
"""Records that are loaded together. Each round writes the ends of the tables again, so rounds are large.

DuckDB merges four row groups into three where their rows fit, and then compresses all their documents again. A row
group has room for 8,192 rows, so four of more than 6,144 do not fit into three.
"""

_MOST_IN_FLIGHT = 8
"""Parts that are waited for before more is fetched. Workers need some ahead while this process loads."""


class _Group:
    """Replies that become one part."""

    def __init__(self) -> None:
        self.replies: list[LandedReply] = []
        self._asked: set[str] = set()
        self._size = 0

    def fits(self, reply: LandedReply) -> bool:
        """Return whether a reply can be in one part with these. A reply always fits into an empty group."""
        if not self.replies:
            return True
        # Of two records of one trial the last counts, which is only clear if they come in two rounds.
        if not self._asked.isdisjoint(reply.asked):
            return False
        records = len(self._asked) + len(reply.asked)
        return records <= _RECORDS_PER_PART and self._size + reply.file.stat().st_size <= _BYTES_PER_PART

    @property
    def is_full(self) -> bool:
        """Whether no other reply can be in one part with these."""
        return len(self._asked) >= _RECORDS_PER_PART or self._size >= _BYTES_PER_PART

    def add(self, reply: LandedReply) -> None:
        """Add a reply that fits."""
        self.replies.append(reply)
        self._asked.update(reply.asked)
        self._size += reply.file.stat().st_size


@dataclass(frozen=True, slots=True)
class _Ready:
    """A part that is made, and the trials that it may have."""

    part: PartResult
    asked: frozenset[str]


@contextmanager
def open_load(run: RegistryRun) -> Iterator[Loading]:
    """Open the load of a run; the store has what was loaded when the block ends without an error.

    Raises:
        CheckFailed: from the block; what the checks found is noted in the store.
        LoadFailed: DuckDB could not take the rows.
    """
    try:
        with ExitStack() as executors, open_next_store(run) as next_store:
            begin_load(next_store.connection, run.run_id, run.started_at)

            def start_executor(record_count: int) -> Executor:
                workers = count_workers(run.job.settings.workers, record_count)
                executor = open_executor(workers, run.job.settings.dask)
                executors.enter_context(executor)
                return executor

            yield Loading(next_store, start_executor, run.job.paths)
    except CheckFailed:
        # With the same replies the next run would fail again, so it has to request them again.
        Landing(run.job.paths.landing).clear()
        raise


class Loading:
    """The load of one run. Not a dataclass: Prefect searches these for states each time one is passed to a task.

    Args:
        next_store: the store's copy, ready for rounds (`begin_load`).
        start_executor: returns what makes the parts, for a number of records.
        paths: the warehouse's. Parts are written beside the replies, so that both are removed together.

    Attributes:
        next_store: the store's copy.
    """

    def __init__(self, next_store: NextStore, start_executor: Callable[[int], Executor], paths: Paths) -> None:
        self.next_store = next_store
        self._start_executor = start_executor
        self._executor: Executor | None = None
        self._paths = paths
        self._waiting = _Group()
        self._in_flight: deque[tuple[PartRequest, Future[PartResult]]] = deque()
        self._ready: list[_Ready] = []
        self._unusable: list[UnusableReply] = []
        # The content hash of the archived record of each trial that this load has not received yet.
        self._known: dict[str, str] = dict(
            next_store.connection.execute("select nct_id, content_hash from raw.studies").fetchall()
        )

    def expect(self, record_count: int) -> None:
        """Get ready for this many records. Only the first call counts; workers start once."""
        if self._executor is None:
            self._executor = self._start_executor(record_count)

    def add(self, replies: Iterable[LandedReply]) -> None:
        """Take replies in, and load what is ready.

        Raises:
            LandingFailed: the disk is full.
            LoadFailed: DuckDB could not take the rows.
        """
        for reply in replies:
            if not self._waiting.fits(reply):
                self._submit_waiting()
            self._waiting.add(reply)
            if self._waiting.is_full:
                self._submit_waiting()
        while self._in_flight and (len(self._in_flight) > _MOST_IN_FLIGHT or self._in_flight[0][1].done()):
            self._collect_oldest()

    def flush(self) -> None:
        """Wait until all parts are made; what is not a whole round stays for `finish`."""
        self._submit_waiting()
        while self._in_flight:
            self._collect_oldest()

    def finish(self) -> None:
        """Load all that is left. No more can be added."""
        self.flush()
        # The memory of the workers is wanted for what comes now.
        if self._executor:
            self._executor.close()
        self._load_ready()

    def take_unusable(self) -> list[UnusableReply]:
        """Return the replies from which no part could be made since the last call."""
        unusable, self._unusable = self._unusable, []
        return unusable

    def find_problem(self, reply: LandedReply) -> str | None:
        """Make the part of one reply now, and return why that is not possible, or None; `add` is what loads it."""
        _, problem = self._make_alone(reply)
        return problem

    def _submit_waiting(self) -> None:
        if self._waiting.replies:
            replies, self._waiting = tuple(self._waiting.replies), _Group()
            request = self._make_request(replies)
            self._in_flight.append((request, self._submit(request)))
            # If a trial comes again, its record has to be compared with the one that came first.
            for reply in replies:
                for nct_id in reply.asked:
                    self._known.pop(nct_id, None)

    def _submit(self, request: PartRequest) -> Future[PartResult]:
        self.expect(0)
        assert self._executor is not None
        return self._executor.submit(request)

    def _make_request(self, replies: tuple[LandedReply, ...]) -> PartRequest:
        known = tuple(self._known[nct_id] for reply in replies for nct_id in reply.asked if nct_id in self._known)
        name = name_part(replies, known, compute_derived_digest())
        return PartRequest(replies, self._paths.landing / "parts" / name, known)

    def _collect_oldest(self) -> None:
        request, future = self._in_flight.popleft()
        try:
            result = future.result()
        except (WorkerDied, MemoryExhausted):
            # One record may have spoiled the worker, or the system or a person has killed it. Alone, the other replies
            # are safe from that record; and where nothing spoils a worker, the second time goes well.
            for reply in request.replies:
                self._take_alone(reply)
        else:
            self._take_part(request.replies, result)

    def _take_alone(self, reply: LandedReply) -> None:
        """Make the part of one reply, and take it in."""
        result, problem = self._make_alone(reply)
        if result is None:
            assert problem is not None
            self._unusable.append(UnusableReply(reply, problem))
        else:
            self._take_part((reply,), result)

    def _make_alone(self, reply: LandedReply) -> tuple[PartResult | None, str | None]:
        """Make the part of one reply; return it, None if the reply spoils its worker, and why the reply is unusable."""
        try:
            result = self._submit(self._make_request((reply,))).result()
        except (WorkerDied, MemoryExhausted) as error:
            return None, error.happened
        return result, dict(result.unusable).get(reply.file.name)

    def _take_part(self, replies: tuple[LandedReply, ...], result: PartResult) -> None:
        """Take in a part that is made, and load a round if it makes one full."""
        by_name = {reply.file.name: reply for reply in replies}
        self._unusable += (UnusableReply(by_name[name], reason) for name, reason in result.unusable)
        asked = frozenset(nct_id for reply in replies for nct_id in reply.asked)
        if any(not asked.isdisjoint(other.asked) for other in self._ready):
            self._load_ready()
        self._ready.append(_Ready(result, asked))
        if sum(ready.part.record_count for ready in self._ready) >= _RECORDS_PER_ROUND:
            self._load_ready()

    def _load_ready(self) -> None:
        """Load the parts that are ready, and remove them."""
        if not self._ready:
            return
        # Only now, so that a part that was altered since it was made is not loaded.
        parts = [open_part(ready.part.file) for ready in self._ready]
        with translate_load_errors(self._paths):
            load_round(self.next_store.connection, parts)
        for ready in self._ready:
            ready.part.file.unlink(missing_ok=True)
        self._ready = []
