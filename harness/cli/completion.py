"""What a shell completes: names of backends, algorithms, precisions, workloads and settings.

A shell asks at every press of the key: nothing is imported before it is needed, and what
cannot be loaded has no names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import typer

from harness.errors import RequestError


def complete_backend(incomplete: str) -> list[str]:
    """Return the names of backends that begin as what is typed."""
    from harness.plugins.loading import BACKENDS, plugin_names

    return _beginning(incomplete, plugin_names(BACKENDS))


def complete_workload(incomplete: str) -> list[str]:
    """Return the names of workloads that begin as what is typed."""
    from harness.plugins.loading import WORKLOADS, plugin_names

    return _beginning(incomplete, plugin_names(WORKLOADS))


def complete_precision(incomplete: str) -> list[tuple[str, str]]:
    """Return the precisions that begin as what is typed, each with what it is."""
    from harness.precision import PRECISIONS

    return [(name, PRECISIONS[name]) for name in _beginning(incomplete, PRECISIONS)]


def complete_algorithm(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the algorithms of the backend that is given, or of all, that begin as typed."""
    from harness.plugins.loading import BACKENDS, plugin_names

    given = ctx.params.get("backend")
    names = [given] if given else plugin_names(BACKENDS)
    return _beginning(incomplete, [algo for name in names for algo in _algorithms(name)])


def complete_setting(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the settings that begin as typed, those of the backend and the workload too."""
    from harness.config import RunConfig

    names = [name for name in RunConfig.model_fields if name not in _GROUPS]
    for group in _GROUPS:
        if incomplete.startswith(f"{group}."):
            names += [f"{group}.{name}" for name in _options(group, ctx.params)]
        else:
            names.append(f"{group}.")
    return [_as_typed(name) for name in _beginning(incomplete, names)]


def complete_resumed_setting(incomplete: str) -> list[str]:
    """Return the settings that a resumed search may change and that begin as typed."""
    from harness.cli.changeable import CHANGEABLE

    return _settings_of(CHANGEABLE, incomplete)


def complete_machine_setting(incomplete: str) -> list[str]:
    """Return the settings that a machine may add to a study and that begin as typed."""
    from harness.study.machine import MACHINE_SETTINGS

    return _settings_of(MACHINE_SETTINGS, incomplete)


_GROUPS = ("workload_options", "engine")


def _settings_of(allowed: Iterable[str], incomplete: str) -> list[str]:
    names = [f"{name}." if name in _GROUPS else name for name in allowed]
    return [_as_typed(name) for name in _beginning(incomplete, names)]


def _as_typed(name: str) -> str:
    return name if name.endswith(".") else f"{name}="


def _beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if name.startswith(incomplete)]


def _algorithms(backend: str) -> Iterator[str]:
    from harness.plugins.loading import load_backend

    try:
        yield from load_backend(backend).algorithms
    except RequestError:
        return


def _options(group: str, params: dict[str, Any]) -> Iterator[str]:
    from harness.config import RunConfig
    from harness.plugins.loading import load_backend, load_workload_class

    def chosen(name: str) -> str:
        return str(params.get(name) or RunConfig.model_fields[name].default)

    try:
        if group == "engine":
            yield from load_backend(chosen("backend")).engine_options.model_fields
        else:
            yield from load_workload_class(chosen("workload")).options_model.model_fields
    except RequestError:
        return
