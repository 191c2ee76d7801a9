"""One search: a study in a journal file, and processes that ask it and tell it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
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
from harness.processes.local_workers import SPAWN, Ready, run_local_workers
from harness.records.history import PastTrial
from harness.search_spec import SearchSpec
from harness.space_values import choices_of
from harness.trial import Trial, trial_name
from harness.trials.epoch_report import EpochReport
from harness.trials.objective import trial_seed
from harness.trials.run import TrialRun, train_to_end

STUDY = "search"
JOURNAL = "engine/journal.log"
NUMBER = "number"
SCALARS = {type(None), bool, int, float, str}
ORIGIN = "origin"
TOLD = "told"
_LEARNT = (TrialState.COMPLETE, TrialState.PRUNED)
_STATES = {
    "completed": TrialState.COMPLETE,
    "stopped": TrialState.PRUNED,
    "failed": TrialState.FAIL,
}


def run_search(context: SearchContext) -> None:
    """Run the search: a study with what is known already, and a worker for each slot."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    driver = context.recorder.open_driver()
    _begin_study(context)
    tickets = SPAWN.Value("i", context.spec.trials - len(context.history.over))
    run_local_workers(context.spec.workers, work, context, tickets, when_ready=driver.search_began)
    driver.search_ended()
    driver.close()


def work(slot: int, ready: Ready, context: SearchContext, tickets: Synchronized[int]) -> None:
    """Train trials in one process until as many as asked for have begun."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    objective = context.objective.prepare(slot)
    record = context.recorder.open_slot(slot)
    study = _open_study(context, trial_seed(context.spec.seed, slot))
    past = {past.trial.number: past for past in context.history.in_flight}
    space = _distributions(context)
    ready()
    objective.deadline.start()
    deadline = time.monotonic() + (context.spec.time_limit or float("inf"))
    while time.monotonic() < deadline and _takes_one_of(tickets):
        # Other workers may tell their results between these two lines.
        told = len(study.get_trials(deepcopy=False, states=_LEARNT))
        asked = study.ask(space)
        number = asked.user_attrs.get(NUMBER, asked.number)
        if number in past:
            _repeat(asked, past[number])
        origin = asked.user_attrs.get(ORIGIN)
        if origin is None:
            origin = "model" if told >= context.spec.population else "random"
        told = asked.user_attrs.get(TOLD, told)
        trial = Trial(trial_name(number), number, asked.params, origin=origin, told=told)
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


def _begin_study(context: SearchContext) -> None:
    """Make the study, tell it of earlier sessions' trials, and enqueue those that are due."""
    shutil.rmtree((context.directory / JOURNAL).parent, ignore_errors=True)
    (context.directory / JOURNAL).parent.mkdir()
    spec, over = context.spec, {past.trial.number: past for past in context.history.over}
    study, space = _open_study(context, seed=0), _distributions(context)
    for past in over.values():
        study.enqueue_trial(dict(past.trial.config))
        asked = study.ask(space)
        _repeat(asked, past)
        state = _STATES[past.status]
        study.tell(asked, past.last_value if state is TrialState.COMPLETE else None, state)
    initial = spec.trials if spec.algorithm == "rand" else spec.population
    due: dict[int, Mapping[str, Any]] = dict(enumerate(context.configurations[:initial]))
    origins = dict.fromkeys(due, "random" if spec.algorithm == "rand" else "design")
    for past in context.history.in_flight:
        due[past.trial.number] = past.trial.config
        origins[past.trial.number] = past.trial.origin or "design"
    told = {past.trial.number: past.trial.told for past in context.history.in_flight}
    for number in range(max(initial, context.history.next_number)):
        if number not in over:
            # What has no configuration was asked for and never begun.
            said = {NUMBER: number, ORIGIN: origins.get(number)}
            if number in due:
                said[TOLD] = told.get(number, 0)
            study.enqueue_trial(dict(due.get(number, {})), user_attrs=said)


def _repeat(asked: optuna.Trial, past: PastTrial) -> None:
    for epoch, value in past.values.items():
        asked.report(value, epoch)
        # Its answer was given then; it notes the value at a rung.
        asked.should_prune()


def _open_study(context: SearchContext, seed: int) -> optuna.Study:
    spec = context.spec
    return optuna.create_study(
        storage=JournalStorage(JournalFileBackend(str(context.directory / JOURNAL))),
        study_name=STUDY,
        direction=StudyDirection.MAXIMIZE if spec.mode == "max" else StudyDirection.MINIMIZE,
        sampler=optuna.samplers.TPESampler(n_startup_trials=spec.population, seed=seed),
        pruner=_pruner(spec),
        load_if_exists=True,
    )


def _pruner(spec: SearchSpec) -> BasePruner:
    if spec.algorithm == "tpe-asha":
        return SuccessiveHalvingPruner(spec.grace_epochs, spec.reduction_factor)
    if spec.algorithm == "tpe-hyperband":
        return HyperbandPruner(spec.grace_epochs, spec.max_epochs, spec.reduction_factor)
    return NopPruner()


def _distributions(context: SearchContext) -> dict[str, BaseDistribution]:
    return {name: distribution(name, context.space[name]) for name in context.space}


def distribution(name: str, parameter: Any) -> BaseDistribution:
    """Return Optuna's distribution of a hyperparameter; ordinal values become categories.

    Raises
    ------
    RequestError
        If the hyperparameter is neither uniform nor a choice of scalars.
    """
    match type(parameter).__name__:
        case "UniformFloatHyperparameter":
            return FloatDistribution(parameter.lower, parameter.upper, parameter.log)
        case "UniformIntegerHyperparameter":
            return IntDistribution(parameter.lower, parameter.upper, parameter.log)
        case _ if (choices := choices_of(parameter)) and {*map(type, choices)} <= SCALARS:
            return CategoricalDistribution(choices)
        case kind:
            raise RequestError(f"The Optuna backend has no distribution for '{name}' ({kind}).")


def _takes_one_of(tickets: Synchronized[int]) -> bool:
    with tickets.get_lock():
        tickets.value -= 1
        return tickets.value >= 0
