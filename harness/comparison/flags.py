"""What keeps two runs from comparing: a refusal where it is meaningless, flags elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness.comparison.aspects import ASPECTS, SEED, Settings
from harness.errors import RequestError
from harness.load.recorded_run import RecordedRun


@dataclass(frozen=True)
class Flag:
    """One aspect in which two runs differ.

    Attributes
    ----------
    aspect
        Its name.
    first, second
        The settings that differ, of either run.
    why
        Why it matters.
    """

    aspect: str
    first: Settings
    second: Settings
    why: str


def check_comparable(first: RecordedRun, second: RecordedRun) -> None:
    """Check that two runs answer the same question.

    Raises
    ------
    RequestError
        If they are the same run, or their workloads, metrics or the metrics' directions
        differ.
    """
    if first.fingerprint == second.fingerprint:
        raise RequestError(
            f"'{first.path}' and '{second.path}' are one run: summary.json is the same. "
            "Give two runs."
        )
    for field, what in (("workload", "workload"), ("metric", "metric"), ("mode", "direction")):
        one, other = first.summary[field], second.summary[field]
        if one != other:
            raise RequestError(
                f"'{first.path}' and '{second.path}' do not compare: the {what} of one is "
                f"'{one}' and of the other '{other}'. Give two runs of one workload."
            )


def find_flags(first: RecordedRun, second: RecordedRun) -> list[Flag]:
    """Return every aspect in which two runs differ, the weightiest first."""
    flags = []
    for aspect in (*ASPECTS, SEED):
        if not aspect.applies([first, second]):
            continue
        one, other = aspect.settings(first), aspect.settings(second)
        names = [name for name in {**one, **other} if one.get(name) != other.get(name)]
        if names:
            flags.append(Flag(aspect.name, _pick(one, names), _pick(other, names), aspect.why))
    return flags


def _pick(settings: Settings, names: list[str]) -> Settings:
    return {name: settings.get(name) for name in names}


def describe_settings(settings: Settings) -> str:
    """Return settings in one line."""
    return ", ".join(f"{name}: {describe_value(value)}" for name, value in settings.items())


def describe_value(value: Any) -> str:
    """Return the value of a setting in a few words."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        parts = (f"{name} {describe_value(part)}" for name, part in value.items() if part)
        return ", ".join(parts)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(describe_value(part) for part in value) + "]"
    return f"{value:g}" if isinstance(value, float) else str(value)
