"""Prints the backends, algorithms and workloads there are, plugins included."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from harness.backend import Backend
from harness.errors import RequestError
from harness.plugins import BACKENDS, WORKLOADS, load_backend, load_workload, plugin_names


def print_backends(console: Console) -> None:
    """Print every backend, and whether its engine is installed."""
    table = Table(title="backends", title_justify="left")
    for column in ("name", "engine", "runs as", "state"):
        table.add_column(column)
    for name in plugin_names(BACKENDS):
        try:
            backend = load_backend(name)
        except RequestError as error:
            table.add_row(name, "–", "–", str(error))
            continue
        process = "MPI ranks" if backend.process_model == "mpi" else "one driver"
        table.add_row(name, backend.engine, process, engine_state(backend))
    console.print(table)


def engine_state(backend: Backend) -> str:
    """Return ``ready``, or what to install."""
    try:
        backend.require_engine()
    except RequestError as error:
        return str(error)
    return "ready"


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
        table.add_row(name, *("–" if cell is None else cell.summary for cell in cells))
    console.print(table)


def print_workloads(console: Console) -> None:
    """Print every workload, its metric and its search space."""
    table = Table(title="workloads", title_justify="left")
    for column in ("name", "metric", "epochs", "hyperparameters", "options"):
        table.add_column(column)
    for name in plugin_names(WORKLOADS):
        try:
            workload = load_workload(name, {})
        except RequestError as error:
            table.add_row(name, str(error), "", "", "")
            continue
        table.add_row(
            name,
            f"{workload.metric.name} ({workload.metric.mode})",
            str(workload.max_epochs),
            ", ".join(workload.space()),
            ", ".join(workload.options_model.model_fields),
        )
    console.print(table)


def _loadable_backends() -> list[Backend]:
    backends = []
    for name in plugin_names(BACKENDS):
        try:
            backends.append(load_backend(name))
        except RequestError:
            continue
    return backends
