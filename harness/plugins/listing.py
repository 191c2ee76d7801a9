"""Prints the backends, algorithms and workloads there are, plugins included."""

from __future__ import annotations

import os

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from harness.backend import Backend
from harness.errors import RequestError
from harness.launch.mpiexec import find_mpiexec
from harness.plugins.checks import blamed, search_space
from harness.plugins.entries import ignored_entries
from harness.plugins.loading import BACKENDS, WORKLOADS, load_backend, load_workload, plugin_names


def print_backends(console: Console) -> None:
    """Print every backend, and whether its engine is installed."""
    table = Table(title="backends", title_justify="left")
    for column in ("name", "engine", "runs as", "state"):
        table.add_column(column)
    for name in plugin_names(BACKENDS):
        try:
            backend = load_backend(name)
        except RequestError:
            table.add_row(name, "–", "–", "cannot be used")
            continue
        process = "MPI ranks" if backend.process_model == "mpi" else "one driver"
        table.add_row(name, backend.engine, process, escape(engine_state(backend)))
    console.print(table)
    print_problems(plugin_problems(BACKENDS), console)


def plugin_problems(group: str) -> list[str]:
    """Return one line for each plugin of a group that cannot be used, or whose name is taken."""
    problems = ignored_entries(group)
    for name in plugin_names(group):
        try:
            if group == BACKENDS:
                load_backend(name)
            else:
                search_space(name, load_workload(name, {}))
        except RequestError as error:
            problems.append(str(error))
    return problems


def engine_state(backend: Backend) -> str:
    """Return ``ready``, or what to install."""
    try:
        with blamed("backend", backend.name, "require_engine()"):
            backend.require_engine()
        if backend.process_model == "mpi":
            find_mpiexec(os.environ)
    except RequestError as error:
        return str(error)
    return "ready"


def print_problems(problems: list[str], console: Console) -> None:
    """Print each problem in one line, however long it is."""
    for problem in problems:
        console.print(f"problem: {problem}", markup=False, highlight=False, soft_wrap=True)


def print_algorithms(console: Console) -> None:
    """Print which backend has which algorithm."""
    backends = _loadable_backends()
    names = list(dict.fromkeys(name for backend in backends for name in backend.algorithms))
    table = Table(title="algorithms", title_justify="left")
    table.add_column("name")
    for backend in backends:
        table.add_column(backend.name)
    for name in names:
        cells = (backend.algorithms.get(name) for backend in backends)
        table.add_row(name, *("–" if cell is None else escape(cell.summary) for cell in cells))
    console.print(table)


def print_workloads(console: Console) -> None:
    """Print every workload, its metric and its search space."""
    table = Table(title="workloads", title_justify="left")
    for column in ("name", "metric", "epochs", "hyperparameters", "options"):
        table.add_column(column)
    for name in plugin_names(WORKLOADS):
        try:
            workload = load_workload(name, {})
            space = search_space(name, workload)
        except RequestError:
            table.add_row(name, "cannot be used", "", "", "")
            continue
        table.add_row(
            name,
            f"{workload.metric.name} ({workload.metric.mode})",
            str(workload.max_epochs),
            ", ".join(space),
            ", ".join(workload.options_model.model_fields),
        )
    console.print(table)
    print_problems(plugin_problems(WORKLOADS), console)


def _loadable_backends() -> list[Backend]:
    backends = []
    for name in plugin_names(BACKENDS):
        try:
            backends.append(load_backend(name))
        except RequestError:
            continue
    return backends
