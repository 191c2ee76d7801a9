"""A request to replay, resolved: what is wrong with it is said before anything is written."""

from __future__ import annotations

from dataclasses import dataclass

from harness.backend import Algorithm, Backend
from harness.config import ResolvedConfig, RunConfig
from harness.errors import RequestError
from harness.machine.hardware import detect_hardware
from harness.plugins.checks import blamed, search_space
from harness.plugins.loading import load_backend, load_workload
from harness.replay.closed_form import ClosedForm
from harness.replay.costs import ReplayCosts, rank_speed_up
from harness.replay.table import TrainingTable
from harness.search.resolve import fill_in, find_algorithm, search_spec
from harness.search_spec import SearchSpec
from harness.workload import Workload

MOST_DEATHS = 10.0
"""Deaths to expect from a restart to the next state; of e to that power one gets there."""

_MEANINGLESS = frozenset(
    {
        "arithmetic",
        "batch_scaling",
        "data",
        "device",
        "max_retries",
        "split_seed",
        "tensorboard",
        "threads",
        "training_seed",
        "trial_timeout",
    }
)


@dataclass(frozen=True)
class ResolvedReplay:
    """A replay that can be carried out.

    Attributes
    ----------
    config
        The configuration, every default filled in.
    spec
        The search, for the backend; a trial has one rank here, however many it stands for.
    backend, workload
        The plugins.
    costs
        What engine and machine take.
    speed
        How many times faster than recorded an epoch is.
    warnings
        What the user should know.
    """

    config: ResolvedConfig
    spec: SearchSpec
    backend: Backend
    workload: Workload
    costs: ReplayCosts
    speed: float
    warnings: tuple[str, ...]


def resolve_replay(
    config: RunConfig, table: TrainingTable | ClosedForm, costs: ReplayCosts
) -> ResolvedReplay:
    """Resolve a request.

    Parameters
    ----------
    config
        The search; workload and precision are the table's.
    table
        The trainings: recorded, or in closed form.
    costs
        What engine and machine take.

    Raises
    ------
    RequestError
        If any part of it is wrong.
    """
    _check_settings(config)
    backend = load_backend(config.backend)
    algorithm = find_algorithm(backend, config.algo)
    with blamed("backend", config.backend, "require_engine()"):
        backend.require_engine()
    _check_replayed(backend, config.algo, algorithm, isinstance(table, ClosedForm))
    about = table.about
    workload = load_workload(about.workload, dict(about.workload_options))
    asked = config.model_copy(
        update={
            "workload": about.workload,
            "precision": table.precision,
            "epochs": table.epochs,
        }
    )
    filled = fill_in(asked, backend, algorithm, workload, detect_hardware(), {})
    _check_size(filled)
    spec = search_spec(filled, workload).model_copy(update={"ranks_per_trial": 1})
    with blamed("backend", config.backend, "check()"):
        warnings = backend.check(spec, search_space(about.workload, workload))
    speed = costs.speed * _speed_of_ranks(filled.ranks_per_trial, table, costs)
    _check_bandwidth(costs, table)
    _check_deaths(costs, table.epoch_s / speed, filled)
    told = (*warnings, *_machines(table))
    return ResolvedReplay(filled, spec, backend, workload, costs, speed, told)


def _check_settings(config: RunConfig) -> None:
    ignored = sorted(_MEANINGLESS & config.model_fields_set)
    if ignored:
        raise RequestError(
            f"Setting '{ignored[0]}' means nothing to a replay, whose trainings are there "
            "already; leave it out."
        )


def _check_replayed(
    backend: Backend, name: str, algorithm: Algorithm, is_closed_form: bool
) -> None:
    if algorithm.mutates and not is_closed_form:
        raise RequestError(
            f"'{name}' changes hyperparameters in mid-training, and a table holds no such "
            "training: its values depend on weights that were inherited. It is replayed on "
            "trainings in closed form only: --closed-form "
            "harness.testing.workloads:AnalyticWorkload."
        )
    if name not in backend.replayed:
        known = ", ".join(sorted(backend.replayed)) or "nothing"
        raise RequestError(
            f"'{name}' on '{backend.name}' cannot be replayed in virtual time; "
            f"'{backend.name}' replays: {known}."
        )
    changed = backend.changed_internals()
    if changed is not None:
        raise RequestError(
            f"The installed {backend.engine} is not one that can be replayed: {changed}. "
            "Install the version that constraints.txt names."
        )


def _check_size(config: ResolvedConfig) -> None:
    workers, trials = config.workers, config.trials
    if workers > trials:
        raise RequestError(
            f"{workers} workers have nothing to do with {trials} trials; give as many trials at "
            "least."
        )
    if config.time_limit is not None:
        raise RequestError("A replay has no time limit; leave time_limit out.")


def _check_bandwidth(costs: ReplayCosts, table: TrainingTable | ClosedForm) -> None:
    if costs.bandwidth is not None and not table.has_state_sizes:
        needed = "closed_form.state_bytes" if isinstance(table, ClosedForm) else "another table"
        raise RequestError(
            f"The trainings say nothing of how large a state is; costs.bandwidth needs {needed}."
        )


def _check_deaths(costs: ReplayCosts, epoch_s: float, config: ResolvedConfig) -> None:
    """Refuse deaths so frequent that hardly an epoch is ever whole."""
    hours = costs.failures_per_worker_hour / 3600
    rate = hours * (config.workers if costs.failure_takes_all else 1)
    back_s = costs.restart_s + config.checkpoint_interval * epoch_s
    if rate * back_s > MOST_DEATHS:
        who = "one of the workers" if costs.failure_takes_all else "a worker"
        raise RequestError(
            f"With these failures {who} dies every {1 / rate:.3g} s, and it takes {back_s:.3g} s "
            "from a restart to the next state: such a search does not end. Lower "
            "costs.failures_per_worker_hour."
        )


def _machines(table: TrainingTable | ClosedForm) -> tuple[str, ...]:
    count = 1 if isinstance(table, ClosedForm) else len(table.hardware)
    if count == 1:
        return ()
    return (f"The table's seconds are those of {count} machines, and are taken as if of one.",)


def _speed_of_ranks(ranks: int, table: TrainingTable | ClosedForm, costs: ReplayCosts) -> float:
    if ranks == table.ranks:
        return 1.0
    if costs.serial_share is None:
        raise RequestError(
            f"The table has trainings on {table.ranks} ranks a trial, not on {ranks}; give the "
            "share of an epoch that more ranks do not shorten: --set costs.serial_share=0.1."
        )
    return rank_speed_up(costs.serial_share, table.ranks, ranks)
