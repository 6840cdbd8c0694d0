"""Orders as jobs of Procrastinate, for several machines on one PostgreSQL. It needs the extra `procrastinate`."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import monotonic

from ._ordering.records import bind
from ._ordering.stopped import cause_of, concerns_all, needs_of
from .client import LuccaProcurement, settings_of
from .errors import InvalidArgument, Needs, OrderIncomplete, ProcurementError, ResponseError, Superseded
from .order import check_reference
from .stores import OrderStore, State
from .stores._postgres import check_loop

try:
    import procrastinate
    from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
    from procrastinate.jobs import Job, Status
except ImportError as error:
    raise ImportError(f"{error}: install lucca-procurement[procrastinate]") from error

__all__ = ("Tasks", "register")

FIRST_PAUSE = 15.0
LONGEST_PAUSE = 300.0
"""In seconds. The pause before an order that needs time is tried again doubles from the first to the longest one."""
HEARTBEAT = 30.0
"""In seconds. A worker that was not heard of for longer is dead. Procrastinate's workers report every 10 s."""
HELD = 10
"""The number of `stale_after` after which the job of a living worker counts as lost too."""
GRACE = 3.0
"""The seconds that a worker leaves its jobs when it is stopped. With the grace period of `submit`, a stop takes 8 s or
less. Docker kills after 10 s, and Kubernetes after 30 s."""
CONCURRENCY = 8
KEPT = 24
"""The hours for which finished jobs are kept."""
BATCH = 500
_LONGEST_QUEUE = 40
"""A longer name does not fit into the name of the channel by which the database wakes the workers."""


class JobStopped(Exception):
    """An order stopped in a job. It holds the reference, the kind of the error and the need, and no other value."""

    def __init__(self, reference: str, reason: str, needs: Needs, pause: float = 0.0) -> None:
        super().__init__(f"{reference}: {reason} (needs {needs})")
        self.needs = needs
        self.pause = pause


class Tasks:
    """The tasks of one host: `register` returns them. Each method queues a job, and a worker runs it.

    The app must be open.
    """

    def __init__(self, app: procrastinate.App, lucca: LuccaProcurement, store: OrderStore, stale_after: float) -> None:
        self._settings = settings_of(lucca)
        bind(store, self._settings.host)
        self.queue = _queue(self._settings.host)
        """The queue of the host's jobs, for `run_worker_async(queues=[tasks.queue])`."""
        self._app = app
        self._lucca = lucca
        self._store = store
        self._stale_after = stale_after
        self._brake = _Brake()
        # A lock beside the queueing lock would let a dead sweep stop all later ones.
        self._place = app.task(name=f"{self.queue}:place", queue=self.queue, retry=_Retry())(self._run_place)
        self._refresh = app.task(name=f"{self.queue}:refresh", queue=self.queue, queueing_lock=f"{self.queue}:refresh")(
            self._run_refresh
        )
        self._sweep = app.task(name=f"{self.queue}:sweep", queue=self.queue, queueing_lock=f"{self.queue}:sweep")(
            self._run_sweep
        )
        app.periodic(cron="*/15 * * * *")(self._refresh)
        app.periodic(cron="* * * * *")(self._sweep)

    async def place(self, reference: str) -> None:
        """Queue an order of the store. Add the order to the store first. A job too many is harmless.

        Args:
            reference: The reference of the order. Case is ignored.

        Raises InvalidArgument if `reference` cannot be one. Raises Procrastinate's errors if the order cannot be
        queued. If this call fails or is forgotten, the sweep queues the order.
        """
        check_reference(reference)
        await self._app.job_manager.defer_job_async(self._job(reference))

    async def refresh(self) -> None:
        """Queue one pass of `orders.refresh`. Otherwise, it runs every 15 minutes."""
        with suppress(AlreadyEnqueued):
            await self._refresh.defer_async(timestamp=0)

    async def sweep(self) -> None:
        """Queue a sweep, which finds the orders that nobody processes. Otherwise, it runs every minute."""
        with suppress(AlreadyEnqueued):
            await self._sweep.defer_async(timestamp=0)

    def _job(self, reference: str) -> Job:
        # No queueing lock: a job that is to be retried while another one waits could not return to the queue.
        return self._place.configure(lock=self._lock(reference), task_kwargs={"reference": reference}).job

    def _lock(self, reference: str) -> str:
        return f"{self.queue}:{reference.lower()}"

    async def _run_place(self, reference: str) -> None:
        # Raised outside of the handler: the error must not refer to the order, or to the text of Lucca's answer.
        if stopped := await self._placed(reference):
            raise stopped

    async def _placed(self, reference: str) -> JobStopped | None:
        if wait := self._brake.wait():
            return JobStopped(reference, "waits, because an error concerned all orders", "time", wait)
        try:
            record = await self._store.load(reference)
            if record is None:
                return JobStopped(reference, "the store does not hold the order", "correction")
            try:
                self._lucca.orders.check(record.order)
            except InvalidArgument as error:
                await self._store.replace(record, record.order, str(error), "correction")
                return JobStopped(reference, "InvalidArgument", "correction")
            await self._lucca.orders.ensure(record, self._store)
        except Superseded:
            # Another process continues the order. If it dies, the sweep finds the order.
            return None
        except ProcurementError as error:
            return self._stopped(reference, error)
        self._brake.release()
        return None

    def _stopped(self, reference: str, error: ProcurementError) -> JobStopped | None:
        cause = cause_of(error)
        reason = type(cause).__name__
        if isinstance(cause, Superseded):
            return None
        if concerns_all(cause):
            return JobStopped(reference, reason, "time", self._brake.pull())
        if isinstance(error, InvalidArgument):
            # The order itself is valid. Another call of this process has it, or this process knows more than the store.
            return JobStopped(reference, reason, "time")
        needs = error.needs if isinstance(error, OrderIncomplete) else needs_of(error)
        pause = cause.retry_after if isinstance(cause, ResponseError) else None
        return JobStopped(reference, reason, needs, pause or 0.0)

    async def _run_refresh(self, timestamp: int) -> None:
        stopped: JobStopped | None = None
        try:
            await self._lucca.orders.refresh(self._store)
        except ProcurementError as error:
            stopped = JobStopped("refresh", type(error).__name__, "time")
        if stopped:
            raise stopped

    async def _run_sweep(self, timestamp: int) -> None:
        manager = self._app.job_manager
        await self._free_dead_jobs()
        waiting = {job.lock for job in await manager.list_jobs_async(queue=self.queue, status=Status.TODO.value)}
        doing = {job.lock: job for job in await manager.list_jobs_async(queue=self.queue, status=Status.DOING.value)}
        missing: list[Job] = []
        now = datetime.now(UTC)
        async for record in self._store.records(State.WAITING, State.SUBMITTING):
            age = (now - record.changed_at) / timedelta(seconds=1)
            lock = self._lock(record.reference)
            if age < self._stale_after or lock in waiting:
                continue
            if lock not in doing:
                missing.append(self._job(record.reference))
            elif age > HELD * self._stale_after:
                await self._free(doing[lock])
        for start in range(0, len(missing), BATCH):
            await manager.batch_defer_jobs_async(missing[start : start + BATCH])
        await manager.delete_old_jobs(
            KEPT, queue=self.queue, include_failed=True, include_cancelled=True, include_aborted=True
        )

    async def _free_dead_jobs(self) -> None:
        """Queue the jobs of dead workers again. A job that keeps its lock would hold its order for ever."""
        # A dead worker's request is over when its settle time has passed.
        since = max(HEARTBEAT, self._settings.settle)
        for job in await self._app.job_manager.get_stalled_jobs(queue=self.queue, seconds_since_heartbeat=since):
            await self._free(job)

    async def _free(self, job: Job) -> None:
        # It fails if the job has ended in the meantime.
        with suppress(ConnectorException):
            if job.task_name == self._place.name:
                await self._app.job_manager.retry_job(job, retry_at=datetime.now(UTC))
            else:
                await self._app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)


def register(
    app: procrastinate.App, lucca: LuccaProcurement, store: OrderStore, *, stale_after: float = 120.0
) -> Tasks:
    """Register the tasks that process the orders of a store, and return them. Call it once in each process.

    Three tasks are registered. One places an order. One refreshes the decisions, every 15 minutes. One sweeps, every
    minute: it queues the jobs of dead workers again, and each order that is not submitted, has no job, and has not
    changed for `stale_after`.

    It sets the app's `worker_defaults` for `concurrency` and `shutdown_graceful_timeout`, unless they are set. A worker
    that is stopped finishes the requests in flight, and returns its other orders to the queue.

    Args:
        app: The app of Procrastinate. Its schema must be in the database.
        lucca: The client. All workers of a tenant should share a rate, such as `rates.PostgresRate`.
        store: The store of the orders.
        stale_after: The seconds after which an order without a job is queued. It must be longer than an order takes.

    Raises ConfigurationError if the store is for another host, or if the running event loop is the default one of
    Windows. Raises InvalidArgument if `stale_after` is invalid.
    """
    check_loop()
    if isinstance(stale_after, bool) or not isinstance(stale_after, int | float) or not stale_after > 0:
        raise InvalidArgument(f"stale_after must be a number of seconds above 0, not {stale_after!r}")
    app.worker_defaults.setdefault("concurrency", CONCURRENCY)
    app.worker_defaults.setdefault("shutdown_graceful_timeout", GRACE)
    return Tasks(app, lucca, store, stale_after)


class _Retry(procrastinate.BaseRetryStrategy):
    """Decides by the need of an order if its job is repeated, and when."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> procrastinate.RetryDecision | None:
        if isinstance(exception, asyncio.CancelledError):
            # The worker is stopped. Another one continues.
            return procrastinate.RetryDecision(retry_at=datetime.now(UTC))
        if not isinstance(exception, JobStopped) or exception.needs != "time":
            return None
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(job.attempts, 10)) * random.uniform(0.75, 1.0)
        retry_at = datetime.now(UTC) + timedelta(seconds=max(pause, exception.pause))
        return procrastinate.RetryDecision(retry_at=retry_at)


class _Brake:
    """Holds the orders of this process back after an error that concerns all of them, such as a revoked key."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._pause = 0.0
        self._open_at = 0.0

    def wait(self) -> float:
        """Return the seconds for which no order may begin."""
        return max(0.0, self._open_at - self._clock())

    def pull(self) -> float:
        """Hold the orders back, for twice as long as the last time, and return the seconds."""
        if not self.wait():
            self._pause = min(LONGEST_PAUSE, self._pause * 2 or FIRST_PAUSE)
            self._open_at = self._clock() + self._pause
        return self.wait()

    def release(self) -> None:
        """Forget the error, because an order succeeded."""
        self._pause = self._open_at = 0.0


def _queue(host: str) -> str:
    name = f"lucca:{host}"
    if len(name) <= _LONGEST_QUEUE:
        return name
    return f"{name[: _LONGEST_QUEUE - 9]}~{hashlib.sha256(host.encode()).hexdigest()[:8]}"
