"""DeepHyper's evaluator over the ranks of an MPI job.

Imports DeepHyper: only the master needs this module.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any, cast

from deephyper.evaluator import Evaluator, HPOJob, JobStatus
from deephyper.evaluator.callback import Callback
from deephyper.evaluator.storage import MemoryStorage
from mpi4py.futures import MPICommExecutor, MPIPoolExecutor

from backends.deephyper.search_setup import Proposals
from backends.deephyper.slot import Assignment
from backends.deephyper.worker import evaluate
from harness.records.clock import Clock

LONGEST_SLEEP_S = 1e-3
"""How long the ranks sleep, at most, between two looks for messages."""


class LoneEvaluator(Evaluator):
    """An evaluator whose storage no other search has.

    DeepHyper looks for jobs of other searches after each result, by sorting the
    names of all jobs.
    """

    def gather_other_jobs_done(self) -> list[HPOJob]:
        """Return nothing: there are no others."""
        return []


class RankEvaluator(LoneEvaluator):
    """Evaluates on the worker ranks of a communicator.

    It does what DeepHyper's ``mpicomm`` evaluator does, with the same executor of
    mpi4py, but keeps its storage in the master's memory. The storage of
    ``mpicomm`` is a window of MPI memory that each access copies as a whole; its
    constructor is collective, so every rank would have to import DeepHyper.

    Parameters
    ----------
    comm
        The communicator of all ranks; this process is rank 0.
    proposals
        The search and the trials behind its points.
    clock
        The search's clock.
    """

    def __init__(self, comm: Any, proposals: Proposals, clock: Clock) -> None:
        super().__init__(
            run_function=evaluate,
            num_workers=comm.size - 1,
            callbacks=[StopAtDeadline(self._is_over)],
            storage=MemoryStorage(),
        )
        self._proposals = proposals
        self._clock = clock
        self._deadline: float | None = None
        self._ranks = MPICommExecutor(comm, root=0, backoff=LONGEST_SLEEP_S)
        self._executor: MPIPoolExecutor | None = None

    def end_after(self, seconds: float | None) -> None:
        """Begin no evaluation later than in `seconds`, and cut those that run then."""
        self._deadline = None if seconds is None else self._clock() + seconds

    async def execute(self, job: HPOJob) -> HPOJob:
        """Have a worker evaluate `job`."""
        if self._executor is None:
            raise RuntimeError("enter the evaluator before it is used")
        job.status = JobStatus.RUNNING
        future = self._executor.submit(job.run_function, self._assignment(job))
        job.set_output(self._proposals.objective(await asyncio.wrap_future(future)))
        return job

    def __enter__(self) -> RankEvaluator:
        executor = cast(MPIPoolExecutor, self._ranks.__enter__())
        executor.bootup(wait=True)
        self._executor = executor
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # After an error the job is aborted; trials that run must not delay that.
        if kind is None:
            self._ranks.__exit__(kind, error, trace)

    def _assignment(self, job: HPOJob) -> Assignment:
        return assignment_of(job, self._proposals, self._deadline)

    def _is_over(self) -> bool:
        return self._deadline is not None and self._clock() >= self._deadline


def assignment_of(job: HPOJob, proposals: Proposals, deadline: float | None) -> Assignment:
    """Return what a slot is told of a job."""
    place = int(str(job.id).rpartition(".")[2])
    return Assignment(proposals.trial(place, job.args), deadline)


class StopAtDeadline(Callback):
    """Ends a search once its time is over.

    DeepHyper's own timeout marks jobs in the storage, which workers do not see.

    Parameters
    ----------
    is_over
        Whether the time is over.
    """

    def __init__(self, is_over: Callable[[], bool]) -> None:
        self._is_over = is_over

    @property
    def search_stopped(self) -> bool:
        """Whether the search is to end; DeepHyper asks after each result."""
        return self._is_over()
