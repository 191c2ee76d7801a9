"""Tells names that exist nowhere from cells that merely cannot run here.

An algorithm that this backend lacks, an engine that is not installed or a
precision that this machine has not are properties of a cell. A name that
nobody knows is a mistake in the study, and is refused before anything runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from pydantic import ValidationError

from harness.backend import Backend
from harness.config import RunConfig
from harness.errors import RequestError, describe_validation, unknown_name
from harness.plugins.loading import (
    BACKENDS,
    WORKLOADS,
    load_backend,
    load_workload,
    load_workload_class,
    plugin_names,
)
from harness.precision import PRECISIONS
from harness.study.grid import Cell


def check_names_exist(cells: Sequence[Cell]) -> None:
    """Check every name and every option in the cells of a study.

    Raises
    ------
    RequestError
        If nobody knows one; it names the first cell that has it.
    """
    seen: set[str] = set()
    for cell in cells:
        # Cells that differ in their seed only are checked once.
        request = cell.config.model_copy(update={"seed": 0}).model_dump_json()
        if request in seen:
            continue
        seen.add(request)
        try:
            _check(cell.config)
        except RequestError as error:
            raise RequestError(f"Cell {cell.number}: {error}") from None


def _check(config: RunConfig) -> None:
    _check_plugin("backend", config.backend, plugin_names(BACKENDS), load_backend)
    _check_plugin("workload", config.workload, plugin_names(WORKLOADS), load_workload_class)
    if config.precision not in PRECISIONS:
        raise unknown_name("precision", config.precision, PRECISIONS)
    backends = list(_loadable([config.backend, *plugin_names(BACKENDS)]))
    algorithms = {name for backend in backends for name in backend.algorithms}
    if config.algo not in algorithms:
        raise unknown_name("algorithm", config.algo, algorithms)
    _check_engine_options(config)
    _check_workload_options(config)


def _check_plugin(
    kind: str, name: str, known: Iterable[str], load: Callable[[str], object]
) -> None:
    if ":" in name:
        # An import path is a name only if it imports.
        load(name)
    elif name not in known:
        raise unknown_name(kind, name, known)


def _loadable(names: Iterable[str]) -> Iterable[Backend]:
    for name in names:
        try:
            yield load_backend(name)
        except RequestError:
            continue


def _check_engine_options(config: RunConfig) -> None:
    for backend in _loadable([config.backend]):
        try:
            backend.engine_options.model_validate(config.engine)
        except ValidationError as error:
            raise RequestError(
                f"Engine option {describe_validation(error)} Options of '{config.backend}': "
                f"{', '.join(backend.engine_options.model_fields) or 'none'}."
            ) from None


def _check_workload_options(config: RunConfig) -> None:
    try:
        load_workload_class(config.workload)
    except RequestError:
        # It is registered and does not import here; that is for the cell to say.
        return
    load_workload(config.workload, config.workload_options)
