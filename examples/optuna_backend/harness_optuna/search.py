"""One search: a study in a journal file, and processes that ask it and tell it."""

from __future__ import annotations

import math
import shutil
from typing import Any

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.pruners import BasePruner, HyperbandPruner, NopPruner, SuccessiveHalvingPruner
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from harness.backend import SearchContext
from harness.errors import RequestError
from harness.processes.local_workers import LocalTickets, Ready, run_local_workers
from harness.records.history import PastTrial
from harness.rules.agenda import Agenda, seeds_agenda, suggested_agenda
from harness.rules.seeds import drawn_seed
from harness.search_spec import SearchSpec
from harness.space_values import choices_of
from harness.trial import numbered_trial
from harness.trials.epoch_report import EpochReport
from harness.trials.run import TrialRun, train_to_end
from harness.trials.stopping import RUNG, Stopping

SCALARS = {type(None), bool, int, float, str}
LEARNT = (TrialState.COMPLETE, TrialState.PRUNED)
STATES = dict(zip(("completed", "stopped", "failed"), (*LEARNT, TrialState.FAIL), strict=True))
optuna.logging.set_verbosity(optuna.logging.WARNING)


def run_search(context: SearchContext) -> None:
    """Run the search: a study with what is known already, and a worker for each slot."""
    driver = context.recorder.open_driver()
    shutil.rmtree(context.directory / "engine", ignore_errors=True)
    (context.directory / "engine").mkdir()
    study, space = _open_study(context, seed=0), distributions(context.space)
    for past in context.history.over:
        study.enqueue_trial(dict(past.trial.config))
        _repeat(asked := study.ask(space), past)
        state = STATES[past.status]
        study.tell(asked, past.last_value if state is TrialState.COMPLETE else None, state)
    agenda = (seeds_agenda if context.spec.algorithm == "rand" else suggested_agenda)(context)
    for trial in agenda.known:
        study.enqueue_trial(dict(trial.config))
    shared = context, agenda, LocalTickets(len(agenda))
    run_local_workers(context.spec.workers, work, *shared, when_ready=driver.search_began)
    driver.search_ended()
    driver.close()


def work(
    slot: int, ready: Ready, context: SearchContext, agenda: Agenda, tickets: LocalTickets
) -> None:
    """Train trials in one process until as many as asked for have begun."""
    objective, record = context.objective.prepare(slot), context.recorder.open_slot(slot)
    study = _open_study(context, drawn_seed(context.spec.seed, slot))
    past = {past.trial.number: past for past in context.history.in_flight}
    space = distributions(context.space)
    stopping = Stopping(context.spec, record, objective.deadline)
    ready()
    objective.deadline.start()
    while not objective.deadline.has_passed() and tickets.draw() is not None:
        # Other workers may tell their results between these two lines.
        told = len(study.get_trials(deepcopy=False, states=LEARNT))
        asked = study.ask(space)
        # Optuna hands out what is enqueued first, and counts on.
        place = asked.number - len(context.history.over)
        number, trial = agenda.number(place), agenda.trial(place)
        if number in past:
            _repeat(asked, past[number])
        if trial is None:
            origin = "model" if told >= context.spec.population else "random"
            trial = numbered_trial(number, asked.params, origin, told)
        _train(objective.start(trial, record), study, asked, stopping)
    record.close()


def _train(run: TrialRun, study: optuna.Study, asked: optuna.Trial, stopping: Stopping) -> None:
    def decide(report: EpochReport) -> str | None:
        asked.report(report.value, report.epoch)
        return RUNG if asked.should_prune() else stopping(report)

    last = train_to_end(run, decide)
    if last is None or math.isnan(last.value):  # it failed, or was cut off within an epoch
        study.tell(asked, state=TrialState.FAIL)
    else:
        state = TrialState.COMPLETE if last.ended else TrialState.PRUNED
        study.tell(asked, last.value if last.ended else None, state)


def _repeat(asked: optuna.Trial, past: PastTrial) -> None:
    for epoch, value in past.values.items():
        asked.report(value, epoch)
        # Its answer was given then; it notes the value at a rung.
        asked.should_prune()


def _open_study(context: SearchContext, seed: int) -> optuna.Study:
    journal = JournalFileBackend(str(context.directory / "engine" / "journal.log"))
    return optuna.create_study(
        storage=JournalStorage(journal),
        study_name="search",
        direction=f"{context.spec.mode}imize",
        sampler=optuna.samplers.TPESampler(n_startup_trials=context.spec.population, seed=seed),
        pruner=_pruner(context.spec),
        load_if_exists=True,
    )


def _pruner(spec: SearchSpec) -> BasePruner:
    if spec.algorithm == "tpe-asha":
        return SuccessiveHalvingPruner(spec.grace_epochs, spec.reduction_factor)
    if spec.algorithm == "tpe-hyperband":
        return HyperbandPruner(spec.grace_epochs, spec.max_epochs, spec.reduction_factor)
    return NopPruner()


def distributions(space: Any) -> dict[str, Any]:
    """Return Optuna's distribution of each hyperparameter; ordinal values become categories."""
    return {name: _distribution(name, parameter) for name, parameter in space.items()}


def _distribution(name: str, parameter: Any) -> Any:
    kind, choices = type(parameter).__name__, choices_of(parameter)
    if choices and {*map(type, choices)} <= SCALARS:
        return CategoricalDistribution(choices)
    ranges = {"UniformFloatHyperparameter": FloatDistribution}
    ranges["UniformIntegerHyperparameter"] = IntDistribution
    if kind not in ranges:
        raise RequestError(f"The Optuna backend has no distribution for '{name}' ({kind}).")
    return ranges[kind](parameter.lower, parameter.upper, parameter.log)
