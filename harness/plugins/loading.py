"""Finds backends and workloads through their entry points, ours like a stranger's."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from harness.errors import RequestError, describe_validation, one_line, unknown_name
from harness.plugins.checks import (
    blamed,
    check_backend_class,
    check_workload,
    check_workload_class,
)
from harness.plugins.entries import BACKENDS, KINDS, WORKLOADS, entry_of, registered

if TYPE_CHECKING:
    from harness.backend import Backend
    from harness.workload import Workload

__all__ = ["BACKENDS", "WORKLOADS"]


def plugin_names(group: str) -> list[str]:
    """Return the names registered in an entry-point group."""
    return list(registered(group))


def load_backend(name: str) -> Backend:
    """Return the backend called `name`, or at the import path ``module:Class``.

    Raises
    ------
    RequestError
        If there is none, it does not import, or it breaks the contract.
    """
    backend = check_backend_class(name, _load(BACKENDS, name))
    with blamed("backend", name, "__init__()"):
        return backend()


def load_workload_class(name: str) -> type[Workload]:
    """Return the workload class called `name`, or at the import path ``module:Class``.

    Raises
    ------
    RequestError
        If there is none, it does not import, or it breaks the contract.
    """
    return check_workload_class(name, _load(WORKLOADS, name))


def load_workload(name: str, options: dict[str, Any]) -> Workload:
    """Return the workload called `name` with its options.

    Raises
    ------
    RequestError
        If there is none, it does not import or breaks the contract, or an option
        is wrong.
    """
    workload = load_workload_class(name)
    try:
        chosen = workload.options_model.model_validate(options)
    except ValidationError as error:
        raise RequestError(
            f"Workload '{name}': {describe_validation(error)} "
            f"Options: {', '.join(workload.options_model.model_fields) or 'none'}."
        ) from None
    with blamed("workload", name, "__init__()"):
        made = workload(chosen)
    check_workload(name, made)
    return made


def _load(group: str, name: str) -> Any:
    if ":" in name:
        return _imported(KINDS[group], name, name)
    entries = registered(group)
    if name not in entries:
        raise unknown_name(KINDS[group], name, entries)
    entry = entry_of(group, name, entries[name])
    return _imported(KINDS[group], name, entry.value)


def _imported(kind: str, name: str, path: str) -> Any:
    module, _, attribute = path.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except Exception as error:
        raise RequestError(f"The {kind} '{name}' does not import: {one_line(error)}") from error
