"""The backends, algorithms and workloads there are, as plain values for programs."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Any

from harness.backend import Backend
from harness.errors import RequestError
from harness.launch.mpiexec import find_mpiexec
from harness.plugins.loading import BACKENDS, WORKLOADS, load_backend, load_workload, plugin_names
from harness.space import describe_space


def catalogue() -> dict[str, Any]:
    """Return everything that can be named in a run.

    Returns
    -------
    dict
        ``backends``: name to engine, process model, state, algorithms and the
        JSON schema of its options. ``algorithms``: name to the backends that
        have it. ``workloads``: name to metric, budget, search space and the
        JSON schema of its options. A plugin that cannot be loaded has
        ``error`` in place of these.
    """
    backends = {name: describe_backend(name) for name in plugin_names(BACKENDS)}
    algorithms: dict[str, list[str]] = {}
    for name, backend in backends.items():
        for algorithm in backend.get("algorithms", {}):
            algorithms.setdefault(algorithm, []).append(name)
    return {
        "backends": backends,
        "algorithms": algorithms,
        "workloads": {name: describe_workload(name) for name in plugin_names(WORKLOADS)},
    }


def describe_backend(name: str) -> dict[str, Any]:
    """Return a backend as plain values, or ``error``: why it cannot be loaded."""
    try:
        backend = load_backend(name)
    except RequestError as error:
        return {"error": str(error)}
    return {
        "engine": backend.engine,
        "process_model": backend.process_model,
        "missing": _missing(backend),
        "several_ranks": backend.several_ranks,
        "algorithms": {key: asdict(found) for key, found in backend.algorithms.items()},
        "options": backend.engine_options.model_json_schema(),
    }


def describe_workload(name: str) -> dict[str, Any]:
    """Return a workload as plain values, or ``error``: why it cannot be loaded."""
    try:
        workload = load_workload(name, {})
        space = describe_space(workload.space())
    except RequestError as error:
        return {"error": str(error)}
    return {
        "metric": asdict(workload.metric),
        "max_epochs": workload.max_epochs,
        "default_trials": workload.default_trials,
        "mutable": list(workload.mutable),
        "several_ranks": workload.several_ranks,
        "space": space,
        "options": workload.options_model.model_json_schema(),
    }


def _missing(backend: Backend) -> str | None:
    try:
        backend.require_engine()
        if backend.process_model == "mpi":
            find_mpiexec(os.environ)
    except RequestError as error:
        return str(error)
    return None
