"""What a plugin's class must be, checked before it is used: one line says what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from harness.errors import HarnessError, RequestError, one_line
from harness.space_values import check_values

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace

    from harness.backend import Backend
    from harness.workload import Workload


def check_backend_class(name: str, found: Any) -> type[Backend]:
    """Return what was registered as the backend `name`, if it is one.

    Raises
    ------
    RequestError
        If it is no class of a `Backend`, or the class is not whole.
    """
    from harness.backend import Algorithm, Backend, EngineOptions

    _check_class("backend", name, found, Backend, ("name", "engine", "modules", "algorithms"))
    backend: type[Backend] = found
    algorithms = backend.algorithms
    if not isinstance(algorithms, Mapping) or not algorithms:
        raise RequestError(f"The backend '{name}' declares no algorithms (a mapping of names).")
    for algorithm, description in algorithms.items():
        _check_type(
            f"The backend '{name}': algorithms['{algorithm}']", description, Algorithm, "Algorithm"
        )
    if not issubclass(backend.engine_options, EngineOptions):
        raise RequestError(f"The backend '{name}': engine_options is not of EngineOptions.")
    if backend.process_model not in {"driver", "mpi"}:
        raise RequestError(
            f"The backend '{name}': process_model is {backend.process_model!r}, not 'driver' "
            "or 'mpi'."
        )
    return backend


def check_workload_class(name: str, found: Any) -> type[Workload]:
    """Return what was registered as the workload `name`, if it is one.

    Raises
    ------
    RequestError
        If it is no class of a `Workload`, or the class is not whole.
    """
    from harness.workload import Workload, WorkloadOptions

    _check_class("workload", name, found, Workload, ("name",))
    workload: type[Workload] = found
    if not issubclass(workload.options_model, WorkloadOptions):
        raise RequestError(f"The workload '{name}': options_model is not of WorkloadOptions.")
    return workload


def check_workload(name: str, workload: Workload) -> None:
    """Check what a workload says of itself.

    Raises
    ------
    RequestError
        If its metric or its length is missing or of a wrong type.
    """
    from harness.workload import Metric

    where = f"The workload '{name}'"
    for attribute, kind in (("metric", Metric), ("max_epochs", int), ("default_trials", int)):
        if not hasattr(workload, attribute):
            raise RequestError(f"{where} lacks {attribute}; see harness.workload.Workload.")
        _check_type(f"{where}: {attribute}", getattr(workload, attribute), kind, kind.__name__)
    if workload.metric.mode not in {"min", "max"}:
        raise RequestError(
            f"{where}: the metric's mode is {workload.metric.mode!r}, not 'min' or 'max'."
        )


def search_space(name: str, workload: Workload) -> ConfigurationSpace:
    """Return a new search space of the workload `name`.

    Raises
    ------
    RequestError
        If it raises an error, gives no space, or one that records cannot hold.
    """
    from ConfigSpace import ConfigurationSpace

    with blamed("workload", name, "space()"):
        space = workload.space()
    _check_type(f"The workload '{name}': space()", space, ConfigurationSpace, "ConfigurationSpace")
    missing = [parameter for parameter in workload.mutable if parameter not in space]
    if missing:
        raise RequestError(
            f"The workload '{name}' may change {', '.join(missing)}, and its space has no such "
            "hyperparameter."
        )
    check_values(f"The workload '{name}'", space)
    return space


@contextmanager
def blamed(kind: str, name: str, what: str) -> Iterator[None]:
    """Turn an error of a plugin into one line that names the plugin.

    Raises
    ------
    RequestError
        For any exception that is not an error of the harness' own already.
    """
    try:
        yield
    except HarnessError:
        raise
    except Exception as error:
        raise RequestError(f"The {kind} '{name}': {what} fails: {one_line(error)}") from error


def _check_class(
    kind: str, name: str, found: Any, base: type[Any], attributes: tuple[str, ...]
) -> None:
    contract = f"{base.__module__}.{base.__name__}"
    if not (isinstance(found, type) and issubclass(found, base)):
        what = found.__name__ if isinstance(found, type) else type(found).__name__
        raise RequestError(f"The {kind} '{name}' is {what}, not a class of {contract}.")
    lacking = [attribute for attribute in attributes if not hasattr(found, attribute)]
    lacking += sorted(getattr(found, "__abstractmethods__", ()))
    if lacking:
        raise RequestError(f"The {kind} '{name}' lacks {', '.join(lacking)}; see {contract}.")
    own_name = getattr(found, "name", None)
    if ":" not in name and own_name != name:
        raise RequestError(
            f"The {kind} '{name}' calls itself '{own_name}': register it by the name it has."
        )


def _check_type(where: str, value: Any, expected: type[Any], expected_name: str) -> None:
    if not isinstance(value, expected):
        raise RequestError(f"{where} is of type {type(value).__name__}, not {expected_name}.")
