"""Finds backends and workloads through their entry points, ours like a stranger's."""

from __future__ import annotations

import importlib
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from harness.errors import RequestError, unknown_name

if TYPE_CHECKING:
    from harness.backend import Backend
    from harness.workload import Workload

BACKENDS = "harness.backends"
WORKLOADS = "harness.workloads"


def plugin_names(group: str) -> list[str]:
    """Return the names registered in an entry-point group."""
    return sorted({entry.name for entry in entry_points(group=group)})


def load_backend(name: str) -> Backend:
    """Return the backend called `name`.

    Raises
    ------
    RequestError
        If there is none, or it does not import.
    """
    from harness.backend import Backend

    backend = _load(BACKENDS, "backend", name)
    if not (isinstance(backend, type) and issubclass(backend, Backend)):
        raise RequestError(f"The plugin '{name}' is not a harness.backend.Backend.")
    return backend()


def load_workload_class(name: str) -> type[Workload]:
    """Return the workload class called `name`.

    Raises
    ------
    RequestError
        If there is none, or it does not import.
    """
    from harness.workload import Workload

    workload = _load(WORKLOADS, "workload", name)
    if not (isinstance(workload, type) and issubclass(workload, Workload)):
        raise RequestError(f"The plugin '{name}' is not a harness.workload.Workload.")
    return workload


def load_workload(name: str, options: dict[str, Any]) -> Workload:
    """Return the workload called `name` with its options.

    Raises
    ------
    RequestError
        If there is none, it does not import, or an option is wrong.
    """
    workload = load_workload_class(name)
    try:
        return workload(workload.options_model.model_validate(options))
    except ValidationError as error:
        raise RequestError(
            f"Workload '{name}': {describe_validation(error)} "
            f"Options: {', '.join(workload.options_model.model_fields) or 'none'}."
        ) from None


def describe_validation(error: ValidationError) -> str:
    """Return the first complaint of a validation in one sentence."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"'{where}' does not exist."
    return f"{where or 'value'}: {first['msg']} (got {first['input']!r})."


def _load(group: str, kind: str, name: str) -> Any:
    if ":" in name:
        return _import_path(kind, name)
    entries = {entry.name: entry for entry in entry_points(group=group)}
    if name not in entries:
        raise unknown_name(kind, name, entries)
    return _import_entry(kind, entries[name])


def _import_path(kind: str, path: str) -> Any:
    module, _, attribute = path.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise RequestError(f"The {kind} '{path}' does not import: {error}.") from None


def _import_entry(kind: str, entry: EntryPoint) -> Any:
    try:
        return entry.load()
    except Exception as error:
        raise RequestError(
            f"The {kind} '{entry.name}' does not import: {type(error).__name__}: {error}"
        ) from error
