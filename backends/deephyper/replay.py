"""DeepHyper's own search in virtual time: its evaluator waits on a clock that never sleeps.

Imports DeepHyper.
"""

from __future__ import annotations

import asyncio
import heapq
import inspect
import selectors
from collections.abc import Hashable
from typing import Any, cast

from deephyper.evaluator import Evaluator, HPOJob, JobStatus
from deephyper.evaluator.storage import MemoryStorage

from backends.deephyper.evaluator import LoneEvaluator, assignment_of
from backends.deephyper.master import quiet_engine
from backends.deephyper.search_setup import Proposals, build_proposals
from backends.deephyper.slot import Assignment, Outcome, Slot
from backends.deephyper.worker import evaluate
from harness.backend import SearchContext
from harness.mpi.rungs import SharedRungs, rungs_of_search
from harness.replay.clock import SlotClock, VirtualClock
from harness.replay.objective import ReplayObjectiveSpec
from harness.replay.stage import Stage
from harness.replay.world import LoneWorld


def replay_search(context: SearchContext, stage: Stage) -> None:
    """Run the search that a context describes on virtual slots."""
    proposals = build_proposals(context, context.directory / "engine")
    driver = context.recorder.open_driver(stage.clock)
    slots = _open_slots(context, stage)
    with quiet_engine():
        evaluator = VirtualEvaluator(proposals, slots, stage)
        driver.search_began()
        evaluations = len(proposals.agenda)
        proposals.search.search(evaluator, max_evals=evaluations, max_evals_strict=True)
        driver.search_ended()
    for slot in slots:
        slot.record.close()
    driver.close()


def _open_slots(context: SearchContext, stage: Stage) -> list[Slot]:
    rungs: SharedRungs | None = None
    if context.spec.algorithm in {"asha", "cbo-asha"}:
        rungs = rungs_of_search(cast(Any, LoneWorld(stage.clock)), context.spec, context.history)
    objective = cast(ReplayObjectiveSpec, context.objective)
    return [
        Slot(
            context.spec,
            objective.on(clock.slot).prepare(),
            context.recorder.open_slot(clock.slot, clock),
            rungs,
            clock,
        )
        for clock in stage.slots
    ]


class VirtualEvaluator(LoneEvaluator):
    """Evaluates on virtual slots.

    Parameters
    ----------
    proposals
        The search and the trials behind its points.
    slots
        The slots, by number.
    stage
        The virtual machine.
    """

    def __init__(self, proposals: Proposals, slots: list[Slot], stage: Stage) -> None:
        super().__init__(
            run_function=evaluate, num_workers=len(slots), callbacks=[], storage=ListedStorage()
        )
        self._proposals = proposals
        self._slots = slots
        self._stage = stage
        self._free = list(range(len(slots)))
        self._over: set[asyncio.Task[Any]] = set()
        self._first_over: asyncio.Future[None] | None = None

    loop: Any

    def set_event_loop(self) -> None:
        """Have DeepHyper wait in virtual time."""
        if self.loop is None or self.loop.is_closed():
            self.loop = VirtualLoop(self._stage.clock)

    async def execute(self, job: HPOJob) -> HPOJob:
        """Let the first free slot evaluate `job`; there are no more jobs than slots."""
        job.status = JobStatus.RUNNING
        cast("asyncio.Task[Any]", asyncio.current_task()).add_done_callback(self._note_over)
        number = heapq.heappop(self._free)
        outcome = await self._evaluate(number, assignment_of(job, self._proposals, None))
        heapq.heappush(self._free, number)
        job.set_output(self._proposals.objective(outcome))
        return job

    async def _await_at_least_n_tasks(self, n: int) -> None:
        """Wait for one job of many without a look at all that run, as asyncio's own wait does.

        That look costs as much as there are workers, for each trial.
        """
        if n != 1 or len(self._tasks_running) == 1:
            await super()._await_at_least_n_tasks(n)
        else:
            if not self._over:
                self._first_over = asyncio.get_running_loop().create_future()
                await self._first_over
            self._tasks_done = set(self._over)
        self._over.clear()

    def _note_over(self, task: asyncio.Task[Any]) -> None:
        self._over.add(task)
        if self._first_over is not None and not self._first_over.done():
            self._first_over.set_result(None)

    async def _evaluate(self, number: int, assignment: Assignment) -> Outcome:
        """Do what `Slot.evaluate` does, and let the others come along between two epochs."""
        slot, clock = self._slots[number], self._stage.slots[number]
        run, report = slot.begin(assignment), None
        decide = slot.decide(None)
        while not run.ended:
            report = run.advance()
            await _reached(clock)
            reason = None if run.ended else decide(report)
            if reason is not None:
                run.stop(reason)
        return slot.outcome(report, assignment)


class ListedStorage(MemoryStorage):
    """Keeps the names of a search's jobs in a list.

    DeepHyper counts them several times for each trial, by making all names anew.
    """

    def __init__(self) -> None:
        super().__init__()
        self._names: dict[Hashable, list[Hashable]] = {}

    def create_new_job(self, search_id: Hashable) -> Hashable:
        """Return the name of a new job."""
        name: Hashable = super().create_new_job(search_id)
        self._names.setdefault(search_id, []).append(name)
        return name

    def load_all_job_ids(self, search_id: Hashable) -> list[Hashable]:
        """Return the names of a search's jobs; nobody may change the list."""
        return self._names.setdefault(search_id, [])


async def _reached(clock: SlotClock) -> None:
    """Wait until the search has come to a slot's time."""
    come: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    clock.then(lambda: come.set_result(None))
    await come


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop that goes to the next virtual event when nothing is left to do.

    Parameters
    ----------
    clock
        The time of the search.
    """

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(_VirtualSelector(clock))


class _VirtualSelector(selectors.SelectSelector):
    """Asked by the loop to wait for files, it lets the next event happen instead."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[Any]:
        has_work_in_hand = timeout is not None and timeout <= 0
        if not has_work_in_hand and not self._clock.advance():
            raise RuntimeError("DeepHyper waits, and nothing is left to happen")
        return []


def changed_internals() -> str | None:
    """Return what of DeepHyper is not as this module knows it; None if all is."""
    for name in _CALLED:
        if not callable(getattr(Evaluator, name, None)):
            return f"Evaluator has no '{name}'"
    for name in ("create_new_job", "load_all_job_ids"):
        if not callable(getattr(MemoryStorage, name, None)):
            return f"MemoryStorage has no '{name}'"
    if not inspect.iscoroutinefunction(Evaluator.execute):
        return "Evaluator.execute is no coroutine"
    source = inspect.getsource(Evaluator)
    if "run_until_complete" not in source or "self.loop.create_task" not in source:
        return "Evaluator does not run its jobs as tasks of an event loop"
    if "self._tasks_running" not in source or "self._tasks_done" not in source:
        return "Evaluator does not keep its tasks in '_tasks_running' and '_tasks_done'"
    return None


_CALLED = (
    *("execute", "set_event_loop", "gather_other_jobs_done", "submit", "gather"),
    "_await_at_least_n_tasks",
)
