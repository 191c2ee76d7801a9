"""Resolves a request: plugins found, defaults filled in, everything checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from harness.backend import Algorithm, Backend
from harness.config import ResolvedConfig, RunConfig
from harness.errors import RequestError, describe_validation, unknown_name
from harness.launch.environment import nodes_of_job, number_in, spans_nodes
from harness.launch.mpiexec import find_mpiexec
from harness.machine.arithmetic import ArithmeticRequest
from harness.machine.hardware import Hardware
from harness.plugins.checks import blamed, search_space
from harness.plugins.loading import BACKENDS, load_backend, load_workload, plugin_names
from harness.precision import Precision, resolve_precision
from harness.search.request_checks import check_budget, check_ranks, idle_workers, shared_gpus
from harness.search_spec import SearchSpec
from harness.space import describe_space
from harness.space_values import has_single_value
from harness.trials.objective_spec import default_threads
from harness.workload import Workload

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class ResolvedRun:
    """A request that can be carried out.

    Attributes
    ----------
    config
        The configuration, every default filled in.
    spec
        The search, for the backend.
    backend, workload
        The plugins.
    precision
        The resolved precision.
    warnings
        What the user should know before the search starts.
    """

    config: ResolvedConfig
    spec: SearchSpec
    backend: Backend
    workload: Workload
    precision: Precision
    warnings: tuple[str, ...]

    def describe_space(self) -> dict[str, Any]:
        """Return the search space as plain values."""
        return describe_space(self.workload.space())


def resolve(
    config: RunConfig,
    hardware: Hardware,
    environ: Mapping[str, str],
    workers: int | None = None,
    job_ranks: int | None = None,
    nodes: int | None = None,
    backend: Backend | None = None,
) -> ResolvedRun:
    """Resolve a request.

    Parameters
    ----------
    config
        The request.
    hardware
        The machine it will run on.
    environ
        The environment; ``HARNESS_DATA`` is the data root if none is asked for.
    workers
        The workers that an MPI job around this process makes, if there is one.
    job_ranks
        The ranks of that job.
    nodes, backend
        How many nodes train, by default what the environment tells; the backend, if loaded.

    Raises
    ------
    RequestError
        If any part of it is wrong; nothing has been written then.
    """
    backend = backend or load_backend(config.backend)
    algorithm = find_algorithm(backend, config.algo)
    with blamed("backend", config.backend, "require_engine()"):
        backend.require_engine()
    if backend.process_model == "mpi" and job_ranks is None:
        find_mpiexec(environ)
    workload = load_workload(config.workload, config.workload_options)
    space = search_space(config.workload, workload)
    if config.ranks_per_trial > 1:
        check_ranks(config, backend, workload)
    device_type = "cuda" if hardware.gpus and config.device != "cpu" else "cpu"
    if config.device == "cuda" and not hardware.gpus:
        raise RequestError("Device 'cuda' is asked for, and this machine shows no GPU.")
    precision = resolve_precision(config.precision, device_type, hardware, config.arithmetic)
    nodes = nodes or nodes_of_job(environ)
    resolved = fill_in(config, backend, algorithm, workload, hardware, environ, workers, nodes)
    spec = search_spec(resolved, workload)
    if algorithm.mutates and not workload.mutable:
        raise RequestError(
            f"'{config.algo}' changes hyperparameters in mid-training, and workload "
            f"'{config.workload}' declares none that may change."
        )
    if algorithm.mutates and all(has_single_value(space[name]) for name in workload.mutable):
        raise RequestError(
            f"'{config.algo}' changes hyperparameters in mid-training, and those that workload "
            f"'{config.workload}' lets change ({', '.join(workload.mutable)}) have a single value."
        )
    with blamed("workload", config.workload, "check_data()"):
        workload.check_data(resolved.data)
        data_warnings = workload.data_warnings(resolved.data)
    if job_ranks is not None and backend.ranks(spec) != job_ranks:
        raise RequestError(
            f"{resolved.workers} workers of {resolved.ranks_per_trial} ranks need "
            f"{backend.ranks(spec)} MPI ranks, and this job has {job_ranks}."
        )
    # What a job's other ranks, other nodes or a cluster have is not seen from here.
    elsewhere = job_ranks is not None or spans_nodes(environ) or resolved.engine.get("address")
    sharing = [] if elsewhere else shared_gpus(resolved, hardware)
    with blamed("backend", config.backend, "check()"):
        checked = backend.check(spec, space)
    warnings = [
        *precision.warnings,
        *idle_workers(resolved),
        *sharing,
        *checked,
        *check_budget(resolved, algorithm),
        *data_warnings,
    ]
    return ResolvedRun(resolved, spec, backend, workload, precision, tuple(warnings))


def reopen(
    config: ResolvedConfig,
    hardware: Hardware,
    arithmetic: ArithmeticRequest = "auto",
    backend: Backend | None = None,
) -> ResolvedRun:
    """Return a run whose configuration is resolved already, without checking it again.

    Parameters
    ----------
    config
        The resolved configuration.
    hardware
        The machine.
    arithmetic
        What the process that resolved it has decided.
    backend
        The backend, where this process has loaded it already.
    """
    backend = backend or load_backend(config.backend)
    workload = load_workload(config.workload, config.workload_options)
    device_type = "cuda" if hardware.gpus and config.device != "cpu" else "cpu"
    precision = resolve_precision(config.precision, device_type, hardware, arithmetic)
    spec = search_spec(config, workload)
    return ResolvedRun(config, spec, backend, workload, precision, ())


def find_algorithm(backend: Backend, name: str) -> Algorithm:
    """Return a backend's algorithm.

    Raises
    ------
    RequestError
        If the backend lacks it; it says which backends have it.
    """
    if name in backend.algorithms:
        return backend.algorithms[name]
    owners = [
        other
        for other in plugin_names(BACKENDS)
        if other != backend.name and name in _algorithms_of(other)
    ]
    if owners:
        raise RequestError(
            f"Backend '{backend.name}' has no algorithm '{name}'. "
            f"It is in: {', '.join(owners)}. "
            f"'{backend.name}' has: {', '.join(backend.algorithms)}."
        )
    known = {name for other in plugin_names(BACKENDS) for name in _algorithms_of(other)}
    raise unknown_name("algorithm", name, known)


def _algorithms_of(backend: str) -> tuple[str, ...]:
    try:
        return tuple(load_backend(backend).algorithms)
    except RequestError:
        return ()


def fill_in(
    config: RunConfig,
    backend: Backend,
    algorithm: Algorithm,
    workload: Workload,
    hardware: Hardware,
    environ: Mapping[str, str],
    job_workers: int | None = None,
    nodes: int = 1,
) -> ResolvedConfig:
    """Return the request with every default filled in.

    Raises
    ------
    RequestError
        If it does not fit the job, the data are absent, or an engine option is wrong.
    """
    if job_workers is not None and config.workers not in (None, job_workers):
        raise RequestError(
            f"This MPI job makes {job_workers} workers and --workers asks for {config.workers}. "
            "Leave --workers out, or start the job with another number of ranks."
        )
    trials = config.trials or workload.default_trials
    workers = config.workers or job_workers or min(trials, _default_workers(config, hardware))
    epochs = config.epochs or workload.max_epochs
    population = trials if algorithm.population else min(trials, max(2, trials // 3))
    data = config.data or (Path(environ["HARNESS_DATA"]) if environ.get("HARNESS_DATA") else None)
    if data is not None and not data.is_dir():
        what = "is a file" if data.exists() else "does not exist"
        raise RequestError(f"The data directory '{data}' {what}.")
    return ResolvedConfig(
        **{
            **dict(config),
            "trials": trials,
            "workers": workers,
            "epochs": epochs,
            "data": data.resolve() if data is not None else None,
            "population": config.population or population,
            "threads": config.threads
            or _cores_of_a_task(environ, job_workers)
            or default_threads(workers * config.ranks_per_trial, nodes),
            "grace_epochs": config.grace_epochs
            or backend.grace_epochs(config.algo, epochs, config.reduction_factor),
            "workload_options": workload.options.model_dump(mode="json"),
            "engine": _engine_options(backend, config.engine),
        }
    )


def _cores_of_a_task(environ: Mapping[str, str], job_workers: int | None) -> int | None:
    """Return the cores that Slurm binds a rank to, where the search found its ranks."""
    return number_in(environ, "SLURM_CPUS_PER_TASK") if job_workers is not None else None


def _default_workers(config: RunConfig, hardware: Hardware) -> int:
    units = len(hardware.gpus) if hardware.gpus and config.device != "cpu" else hardware.cores
    return max(1, units // config.ranks_per_trial)


def _engine_options(backend: Backend, options: dict[str, Any]) -> dict[str, Any]:
    try:
        return backend.engine_options.model_validate(options).model_dump(mode="json")
    except ValidationError as error:
        known = ", ".join(backend.engine_options.model_fields) or "none"
        raise RequestError(
            f"Engine option {describe_validation(error)} Options of '{backend.name}': {known}."
        ) from None


def search_spec(config: ResolvedConfig, workload: Workload) -> SearchSpec:
    """Return the search that a resolved configuration describes, for its backend."""
    return SearchSpec.model_validate(
        {
            "algorithm": config.algo,
            "mode": workload.metric.mode,
            "trials": config.trials,
            "max_epochs": config.epochs,
            "grace_epochs": config.grace_epochs,
            "reduction_factor": config.reduction_factor,
            "population": config.population,
            "interval": config.checkpoint_interval,
            "quantile": config.quantile,
            "resample_probability": config.resample_probability,
            "perturbation_factors": config.perturbation_factors,
            "workers": config.workers,
            "ranks_per_trial": config.ranks_per_trial,
            "seed": config.seed_for("search"),
            "time_limit": config.time_limit,
            "max_retries": config.max_retries,
            "mutable": workload.mutable,
            "engine": config.engine,
        }
    )
