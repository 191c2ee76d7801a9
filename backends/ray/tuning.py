"""Runs one search with Tune."""

from __future__ import annotations

import math
import random
import time
import warnings
from typing import Any

import numpy as np
import ray
from ray import tune
from threadpoolctl import threadpool_limits

from backends.ray.actor_keeping import actors_bounded
from backends.ray.checkpoint_pruning import CheckpointPruner
from backends.ray.decisions import DecisionRecorder
from backends.ray.options import ENGINE_FILES, RayOptions
from backends.ray.schedulers import build_scheduler
from backends.ray.searchers import FixedTrials, NumberedBOHB, SuggestedTrials
from backends.ray.setup_failure import SetupFailure
from backends.ray.space_translation import BOHBSpace, UnitInterval
from backends.ray.trainable import METRIC, SlotWork, trainable_of
from backends.ray.trial_config import COORDINATES, KEY, describe_trial
from harness.backend import SearchContext
from harness.recorder import DriverRecorder

SUGGESTING = frozenset({"bohb"})
"""Algorithms that suggest configurations; the others take those of the seed."""

POPULATIONS = frozenset({"pbt", "pb2"})
"""Algorithms whose members take turns on the slots."""


def run_search(context: SearchContext) -> None:
    """Run a search on the Ray cluster this process is connected to.

    Raises
    ------
    HarnessError
        If a process could not load the data or the precision.
    """
    spec = context.spec
    driver = context.recorder.open_driver()
    # Tune's schedulers and hpbandster draw from the global generators.
    random.seed(spec.seed)
    np.random.seed(spec.seed)
    deadline = math.inf if spec.time_limit is None else time.time() + spec.time_limit
    failure = SetupFailure()
    try:
        tuner = _tuner(context, driver, deadline, failure)
        driver.search_began()
        # The matrices of PB2 and BOHB are small; threads on them only get in the trainings' way.
        with warnings.catch_warnings(), threadpool_limits(1), actors_bounded(spec.workers):
            warnings.simplefilter("ignore")
            tuner.fit()
        driver.search_ended()
    finally:
        driver.close()
    failure.raise_if_any()


def _tuner(
    context: SearchContext, driver: DriverRecorder, deadline: float, failure: SetupFailure
) -> tune.Tuner:
    spec = context.spec
    work = SlotWork(
        objective=context.objective,
        recorder=context.recorder,
        slots=spec.workers,
        ranks=spec.ranks_per_trial,
        locks=context.directory / ENGINE_FILES / "slots",
        checkpoints=context.checkpoints,
        deadline=deadline,
        scheduler_ends=spec.algorithm == "bohb",
    )
    search_algorithm = _search_algorithm(context, deadline)
    failure.stops = search_algorithm.stop
    return tune.Tuner(
        tune.with_resources(trainable_of(work), _resources(context)),
        param_space=_param_space(context),
        tune_config=tune.TuneConfig(
            search_alg=search_algorithm,
            scheduler=build_scheduler(spec, context.space, driver),
            num_samples=spec.trials if spec.algorithm in SUGGESTING else 1,
            reuse_actors=True,
            trial_dirname_creator=_directory_name,
        ),
        run_config=tune.RunConfig(
            name="tune",
            storage_path=str(context.directory / ENGINE_FILES),
            callbacks=[
                DecisionRecorder(driver, spec.algorithm),
                CheckpointPruner(context.checkpoints),
                failure,
            ],
            stop=failure.stopper,
            failure_config=tune.FailureConfig(max_failures=0),
            verbose=0,
        ),
    )


def _search_algorithm(context: SearchContext, deadline: float) -> FixedTrials | SuggestedTrials:
    spec = context.spec
    if spec.algorithm in SUGGESTING:
        searcher = NumberedBOHB(
            BOHBSpace(context.space), spec.mode, METRIC, spec.seed, spec.workers, deadline
        )
        return SuggestedTrials(searcher)
    # A population that outnumbers the slots takes turns on them.
    return FixedTrials(0 if spec.algorithm in POPULATIONS else spec.workers, deadline)


def _param_space(context: SearchContext) -> dict[str, Any]:
    spec = context.spec
    if spec.algorithm in SUGGESTING:
        return {}
    described = []
    for number, configuration in enumerate(context.configurations):
        member = number if spec.algorithm in POPULATIONS else None
        trial = describe_trial(number, configuration, member)
        if spec.algorithm == "pb2":
            unit = UnitInterval(context.space, spec.mutable)
            trial[COORDINATES] = unit.coordinates(configuration)
        described.append(trial)
    return {KEY: tune.grid_search(described)}


def _resources(context: SearchContext) -> tune.PlacementGroupFactory:
    options = RayOptions.model_validate(context.spec.engine)
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
    share = ray.cluster_resources().get("GPU", 0.0) / processes
    return 1.0 if share >= 1 else math.floor(share * 1000) / 1000


def _directory_name(trial: Any) -> str:
    return str(trial.trial_id)
