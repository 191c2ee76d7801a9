"""Runs one search with Tune."""

from __future__ import annotations

import math
import random
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import ray
from ray import tune
from threadpoolctl import threadpool_limits

from backends.ray.brackets import bracket_budgets
from backends.ray.checkpoint_directories import tune_checkpoints
from backends.ray.checkpoint_pruning import CheckpointPruner
from backends.ray.decisions import DecisionRecorder
from backends.ray.lost_nodes import LostNodes
from backends.ray.options import ENGINE_FILES, RayOptions, is_patched
from backends.ray.patches.checkpoints import SavesInPlace
from backends.ray.patches.controller import (
    actors_bounded,
    callbacks_uncounted,
    deaths_retried,
    signals_left,
)
from backends.ray.population_resume import unfinished_members
from backends.ray.recovery import EndedTrials
from backends.ray.schedulers import build_scheduler
from backends.ray.search_failure import SearchFailure
from backends.ray.searchers import FixedTrials, NumberedBOHB, SuggestedTrials
from backends.ray.space_translation import BOHBSpace, UnitInterval
from backends.ray.trainable import METRIC, SlotTrainable, SlotWork
from backends.ray.trial_config import COORDINATES, describe_trial
from harness.backend import SearchContext
from harness.coordination.client import clock_of_run
from harness.coordination.process import Invitation, ServiceProcess
from harness.records.clock import AnchoredClock
from harness.records.recorder import DriverRecorder
from harness.rules.seeds import drawn_seed
from harness.trial import TIME_LIMIT, Trial
from harness.trials.deadline import Deadline

SUGGESTING = frozenset({"bohb"})
"""Algorithms that suggest configurations; the others take those of the seed."""

POPULATIONS = frozenset({"pbt", "pb2"})
"""Algorithms whose members take turns on the slots."""


def run_search(context: SearchContext) -> None:
    """Run a search on the Ray cluster this process is connected to.

    Raises
    ------
    HarnessError
        If a process could not load the data or the precision, or if all trials fail.
    """
    failure = SearchFailure()
    with ExitStack() as stack:
        invitation = stack.enter_context(_clock_service())
        clock = clock_of_run(invitation)
        driver = context.recorder.open_driver(clock)
        stack.callback(driver.close)
        seed_global_generators(context)
        work = _work(context, clock, invitation)
        tuner = (
            _tuner(context, driver, work, work.by(clock), failure)
            if trials_left(context) > 0
            else None
        )
        driver.search_began()
        if tuner is not None:
            with _prepared_tune(context):
                tuner.fit()
        driver.search_ended()
    failure.raise_if_any()


@contextmanager
def _clock_service() -> Iterator[Invitation | None]:
    """Let nodes whose clocks differ agree on the time; one node needs nothing."""
    if len([node for node in ray.nodes() if node["Alive"]]) < 2:
        yield None
        return
    service = ServiceProcess()
    try:
        yield service.invitation
    finally:
        service.close()


def seed_global_generators(context: SearchContext) -> None:
    """Seed what Tune's schedulers and hpbandster draw from."""
    seed = _session_seed(context)
    random.seed(seed)
    np.random.seed(seed)


def _session_seed(context: SearchContext) -> int:
    """Return a seed that no earlier session of the search drew from."""
    return drawn_seed(context.spec.seed, context.history.next_number)


@contextmanager
def _prepared_tune(context: SearchContext) -> Iterator[None]:
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        # The matrices of PB2 and BOHB are small; threads on them only get in the trainings' way.
        stack.enter_context(threadpool_limits(1))
        stack.enter_context(actors_bounded(context.spec.workers))
        stack.enter_context(signals_left())
        if is_patched(context.spec):
            stack.enter_context(deaths_retried())
            stack.enter_context(callbacks_uncounted())
        yield


def _work(context: SearchContext, clock: AnchoredClock, invitation: Invitation | None) -> SlotWork:
    spec = context.spec
    return SlotWork(
        objective=context.objective,
        recorder=context.recorder,
        slots=spec.workers,
        ranks=spec.ranks_per_trial,
        locks=context.directory / ENGINE_FILES / "slots",
        checkpoints=tune_checkpoints(context),
        deadline=math.inf if spec.time_limit is None else clock() + spec.time_limit,
        scheduler_ends=spec.algorithm == "bohb",
        invitation=invitation,
    )


def _tuner(
    context: SearchContext,
    driver: DriverRecorder,
    work: SlotWork,
    work_here: SlotWork,
    failure: SearchFailure,
) -> tune.Tuner:
    spec = context.spec
    search_algorithm = search_algorithm_of(context, work_here.deadline)
    failure.stops = search_algorithm.stop
    return tune.Tuner(
        tune.with_resources(trainable_of(work, is_patched(spec)), _resources(context)),
        tune_config=tune.TuneConfig(
            search_alg=search_algorithm,
            scheduler=build_scheduler(context, driver),
            num_samples=samples_asked(context),
            reuse_actors=True,
            trial_dirname_creator=directory_name,
        ),
        run_config=tune.RunConfig(
            name="tune",
            storage_path=str(context.directory / ENGINE_FILES),
            callbacks=_callbacks(context, driver, work_here, failure),
            stop=failure.stopper,
            failure_config=tune.FailureConfig(max_failures=spec.max_retries),
            verbose=0,
        ),
    )


def trainable_of(work: SlotWork, patched: bool) -> type[SlotTrainable]:
    """Return the trainable of one search; Ray pickles it with its `work`."""
    return type("Slot", (SavesInPlace if patched else SlotTrainable,), {"work": work})


def _callbacks(
    context: SearchContext, driver: DriverRecorder, work: SlotWork, failure: SearchFailure
) -> list[tune.Callback]:
    def cut_off() -> str | None:
        if failure.happened:
            return "interrupted"
        return TIME_LIMIT if work.over else None

    return [
        DecisionRecorder(driver, work.objective.states, context.spec.algorithm, cut_off),
        EndedTrials(context.recorder.events, work.scheduler_ends),
        CheckpointPruner(work.checkpoints),
        LostNodes(),
        failure,
    ]


def search_algorithm_of(context: SearchContext, deadline: float) -> FixedTrials | SuggestedTrials:
    """Return where a search's trials come from, until the Unix time `deadline`."""
    algorithm = _search_algorithm(context, Deadline.at(deadline, time.time))
    algorithm.waits = is_patched(context.spec)
    return algorithm


def _search_algorithm(context: SearchContext, deadline: Deadline) -> FixedTrials | SuggestedTrials:
    spec = context.spec
    if spec.algorithm in SUGGESTING:
        brackets = bracket_budgets(spec.max_epochs, spec.reduction_factor)
        searcher = NumberedBOHB(
            BOHBSpace(context.space),
            spec.mode,
            METRIC,
            _session_seed(context),
            spec.workers,
            deadline,
            [epoch for budgets in brackets for epoch in budgets],
            context.history,
            spec.trials,
        )
        return SuggestedTrials(searcher)
    # A population that outnumbers the slots takes turns on them.
    at_once = 0 if spec.algorithm in POPULATIONS else spec.workers
    return FixedTrials(_described_trials(context), at_once, deadline)


def samples_asked(context: SearchContext) -> int:
    """Return how many trials Tune is to ask a searcher for; 1 where they are given."""
    return trials_left(context) if context.spec.algorithm in SUGGESTING else 1


def trials_left(context: SearchContext) -> int:
    """Return how many trials, or members, are not over."""
    if context.spec.algorithm in SUGGESTING:
        return context.spec.trials - len(context.history.over)
    return len(_given_trials(context))


def _given_trials(context: SearchContext) -> list[Trial]:
    return (
        unfinished_members(context) if context.spec.algorithm in POPULATIONS else context.remaining
    )


def _described_trials(context: SearchContext) -> list[dict[str, Any]]:
    trials = _given_trials(context)
    described = [describe_trial(trial) for trial in trials]
    if context.spec.algorithm == "pb2":
        unit = UnitInterval(context.space, context.spec.mutable)
        for trial, own in zip(trials, described, strict=True):
            own[COORDINATES] = unit.coordinates(trial.config)
    return described


def _resources(context: SearchContext) -> tune.PlacementGroupFactory:
    options = RayOptions.of(context.spec)
    bundle = {"CPU": options.cpus_per_rank if options.address else 1.0}
    gpus = options.gpus_per_rank
    if gpus is None:
        gpus = _gpu_share(context)
    if gpus:
        bundle["GPU"] = gpus
    return tune.PlacementGroupFactory([dict(bundle) for _ in range(context.spec.ranks_per_trial)])


def _gpu_share(context: SearchContext) -> float:
    """Return one GPU a process, or a share of one where there are fewer GPUs."""
    if context.objective.device == "cpu":
        return 0.0
    processes = context.spec.workers * context.spec.ranks_per_trial
    gpus = ray.cluster_resources().get("GPU", 0.0)
    return gpu_share(gpus, processes)


def gpu_share(gpus: float, processes: int) -> float:
    """Return what of a GPU a process asks for, so that all of them find a place.

    A share lies on one GPU: of two thirds of a GPU, one fits on each.
    """
    if not gpus or gpus >= processes:
        return min(1.0, gpus)
    return math.floor(1000 / math.ceil(processes / gpus)) / 1000


def directory_name(trial: Any) -> str:
    """Return the name of a Tune trial's directory."""
    return str(trial.trial_id)
