"""Settings in layers: names with dots spread out, one layer laid over another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.config import RunConfig
from harness.errors import RequestError, unknown_name

NESTED = ("workload_options", "engine")
"""The settings of a run that hold settings themselves."""


def spread(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return `settings` with each name like ``engine.islands`` as ``islands`` in ``engine``.

    Raises
    ------
    RequestError
        If a name is both a value and a group of settings.
    """
    result: dict[str, Any] = {}
    for name, value in settings.items():
        *groups, last = name.split(".")
        target = result
        for group in groups:
            target = target.setdefault(group, {})
            if not isinstance(target, dict):
                raise RequestError(f"Setting '{name}': '{group}' holds a value, not settings.")
        nested = spread(value) if isinstance(value, Mapping) else value
        target[last] = lay_over(target.get(last), nested)
    return result


def lay_over(below: Any, above: Any) -> Any:
    """Return `above` where it says something and `below` where it does not."""
    if not isinstance(below, Mapping) or not isinstance(above, Mapping):
        return above
    merged = dict(below)
    for name, value in above.items():
        merged[name] = lay_over(merged.get(name), value)
    return merged


def leaves(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each setting with its full name, as in ``("engine.islands", 2)``."""
    for name, value in settings.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def check_names(names: Iterator[str] | list[str], where: str) -> None:
    """Check that each name, dotted or not, begins with a setting of a run.

    Raises
    ------
    RequestError
        If one does not; `where` says where it was found.
    """
    for name in names:
        first, _, rest = name.partition(".")
        if first not in RunConfig.model_fields:
            raise unknown_name(f"setting (in {where})", name, RunConfig.model_fields)
        if rest and first not in NESTED:
            raise RequestError(f"Setting '{name}' (in {where}): '{first}' holds no settings.")
