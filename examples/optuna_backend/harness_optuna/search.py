"""One search: a study in a journal file, and processes that ask it and tell it."""

from __future__ import annotations

import time
from multiprocessing.sharedctypes import Synchronized
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.pruners import BasePruner, HyperbandPruner, NopPruner, SuccessiveHalvingPruner
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.study import StudyDirection
from optuna.trial import TrialState

from harness.backend import SearchContext
from harness.errors import RequestError
from harness.local_workers import SPAWN, Ready, run_local_workers
from harness.objective import trial_seed
from harness.search_spec import SearchSpec
from harness.space import plain_value
from harness.trial import Trial, trial_name
from harness.trial_run import EpochReport, TrialRun, train_to_end

STUDY = "search"
JOURNAL = "engine/journal.log"


def run_search(context: SearchContext) -> None:
    """Run the search: a study, its first configurations, and a worker for each slot."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    spec = context.spec
    (context.directory / JOURNAL).parent.mkdir(exist_ok=True)
    direction = StudyDirection.MAXIMIZE if spec.mode == "max" else StudyDirection.MINIMIZE
    study = optuna.create_study(storage=_storage(context), study_name=STUDY, direction=direction)
    initial = spec.trials if spec.algorithm == "rand" else spec.population
    for config in context.configurations[:initial]:
        study.enqueue_trial(config)
    driver = context.recorder.open_driver()
    begun = SPAWN.Value("i", 0)
    run_local_workers(spec.workers, work, context, begun, when_ready=driver.search_began)
    driver.search_ended()
    driver.close()


def work(slot: int, ready: Ready, context: SearchContext, begun: Synchronized[int]) -> None:
    """Train trials in one process until as many as asked for have begun."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    spec = context.spec
    objective = context.objective.prepare(slot)
    record = context.recorder.open_slot(slot)
    seed = trial_seed(spec.seed, slot)
    study = optuna.load_study(
        storage=_storage(context),
        study_name=STUDY,
        sampler=optuna.samplers.TPESampler(n_startup_trials=spec.population, seed=seed),
        pruner=_pruner(spec),
    )
    space = {name: distribution(name, context.space[name]) for name in context.space}
    ready()
    deadline = time.monotonic() + (spec.time_limit or float("inf"))
    while time.monotonic() < deadline and _takes_one_of(begun, spec.trials):
        asked = study.ask(space)
        trial = Trial(trial_name(asked.number), asked.number, asked.params)
        _train(objective.start(trial, record), study, asked, deadline)
    record.close()


def _train(run: TrialRun, study: optuna.Study, asked: optuna.Trial, deadline: float) -> None:
    def decide(report: EpochReport) -> str | None:
        asked.report(report.value, report.epoch)
        if asked.should_prune():
            return "rung"
        return "time-limit" if time.monotonic() >= deadline else None

    last = train_to_end(run, decide)
    if last is None or last.failed:
        study.tell(asked, state=TrialState.FAIL)
    elif last.ended:
        study.tell(asked, last.value)
    else:
        study.tell(asked, state=TrialState.PRUNED)


def distribution(name: str, parameter: Any) -> BaseDistribution:
    """Return Optuna's distribution of a hyperparameter; ordinal values become categories.

    Raises
    ------
    RequestError
        If the hyperparameter is neither uniform nor a choice.
    """
    match type(parameter).__name__:
        case "UniformFloatHyperparameter":
            return FloatDistribution(parameter.lower, parameter.upper, parameter.log)
        case "UniformIntegerHyperparameter":
            return IntDistribution(parameter.lower, parameter.upper, parameter.log)
        case "CategoricalHyperparameter":
            return CategoricalDistribution([plain_value(value) for value in parameter.choices])
        case "OrdinalHyperparameter":
            return CategoricalDistribution([plain_value(value) for value in parameter.sequence])
        case kind:
            raise RequestError(f"The Optuna backend has no distribution for '{name}' ({kind}).")


def _pruner(spec: SearchSpec) -> BasePruner:
    if spec.algorithm == "tpe-asha":
        return SuccessiveHalvingPruner(spec.grace_epochs, spec.reduction_factor)
    if spec.algorithm == "tpe-hyperband":
        return HyperbandPruner(spec.grace_epochs, spec.max_epochs, spec.reduction_factor)
    return NopPruner()


def _storage(context: SearchContext) -> JournalStorage:
    return JournalStorage(JournalFileBackend(str(context.directory / JOURNAL)))


def _takes_one_of(begun: Synchronized[int], trials: int) -> bool:
    with begun.get_lock():
        begun.value += 1
        return begun.value <= trials
