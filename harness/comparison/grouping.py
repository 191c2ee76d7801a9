"""Sorts runs into groups that may be averaged, and names what keeps the others apart."""

from __future__ import annotations

import json
import string
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from harness.comparison.aspects import ASPECTS, Aspect, Settings
from harness.comparison.flags import describe_value
from harness.load.recorded_run import RecordedRun

Effect = Literal["kept apart", "side by side", "averaged", "times left out"]
"""What a comparison of many runs does with a difference."""

_LONGEST_NAME = 44
_MOST_NAMED = 2
_Key = TypeVar("_Key", bound=Hashable)


@dataclass(frozen=True)
class Group:
    """Runs that repeat one search with other seeds, and may be averaged.

    Attributes
    ----------
    workload, metric, mode, backend, algo, precision
        As in the summaries of its runs.
    conditions
        Names the problem and the machine, where the workload's runs differ in
        them; empty otherwise. Groups of other conditions do not compare.
    variant
        Names the settings of the search, where the runs of this algorithm on
        this backend differ in them; empty otherwise.
    runs
        At least one, by seed.
    """

    workload: str
    metric: str
    mode: str
    backend: str
    algo: str
    precision: str
    conditions: str
    variant: str
    runs: tuple[RecordedRun, ...]


@dataclass(frozen=True)
class Difference:
    """One aspect in which runs of a workload differ.

    Attributes
    ----------
    aspect
        Its name.
    where
        Which runs: a workload, or an algorithm on it.
    values
        The settings that differ, each with who has them.
    why
        What it does to a comparison.
    effect
        Whether the runs are kept apart, shown side by side or averaged.
    """

    aspect: str
    where: str
    values: tuple[tuple[str, str], ...]
    why: str
    effect: Effect


@dataclass(frozen=True)
class Grouping:
    """Runs in groups.

    Attributes
    ----------
    groups
        Every run is in exactly one.
    differences
        What the runs of each workload differ in, seeds and the factors of the
        comparison apart.
    """

    groups: tuple[Group, ...]
    differences: tuple[Difference, ...]


def group_runs(runs: Iterable[RecordedRun]) -> Grouping:
    """Sort runs into groups that may be averaged.

    Parameters
    ----------
    runs
        Whole runs, each once.
    """
    groups: list[Group] = []
    differences: list[Difference] = []
    by_problem = _partition(runs, lambda run: _fields(run, "workload", "metric", "mode"))
    for problem, own in by_problem.items():
        conditions = _name_settings(own, [a for a in ASPECTS if a.separates and not a.of_search])
        differences += _differences_of_problem(problem[0], own, conditions)
        for condition, alike in _partition_by(own, conditions).items():
            for search, repeated in _partition(alike, _search_of).items():
                variants = _name_settings(repeated, _search_aspects())
                differences += _differences_of_search(problem[0], search, repeated, variants)
                groups += _groups(problem, condition, repeated, variants)
    return Grouping(tuple(groups), tuple(dict.fromkeys(differences)))


def _search_aspects() -> list[Aspect]:
    return [aspect for aspect in ASPECTS if aspect.separates and aspect.of_search]


def _search_of(run: RecordedRun) -> tuple[str, ...]:
    return _fields(run, "backend", "algo")


def _fields(run: RecordedRun, *names: str) -> tuple[str, ...]:
    return tuple(str(run.summary[name]) for name in names)


def _groups(
    problem: tuple[str, ...],
    conditions: str,
    runs: Sequence[RecordedRun],
    variants: Mapping[Path, str],
) -> list[Group]:
    workload, metric, mode = problem
    parts = _partition(
        runs, lambda run: (*_fields(run, "backend", "algo", "precision"), variants[run.path])
    )
    return [
        Group(
            workload=workload,
            metric=metric,
            mode=mode,
            backend=backend,
            algo=algo,
            precision=precision,
            conditions=conditions,
            variant=variant,
            runs=tuple(sorted(own, key=lambda run: int(run.summary["seed"]))),
        )
        for (backend, algo, precision, variant), own in parts.items()
    ]


def _differences_of_problem(
    workload: str, runs: Sequence[RecordedRun], conditions: Mapping[Path, str]
) -> list[Difference]:
    found = []
    for aspect in ASPECTS:
        if aspect.within:
            continue
        if aspect.of_search:
            found += _side_by_side(aspect, workload, runs)
        elif aspect.separates:
            found += _difference(aspect, workload, runs, "kept apart", lambda r: conditions[r.path])
        else:
            effect: Effect = "times left out" if aspect.name == "arithmetic" else "averaged"
            found += _difference(aspect, workload, runs, effect, lambda run: "")
    return found


def _differences_of_search(
    workload: str,
    search: tuple[str, ...],
    runs: Sequence[RecordedRun],
    variants: Mapping[Path, str],
) -> list[Difference]:
    where = f"{workload}, {' '.join(search)}"
    return [
        difference
        for aspect in _search_aspects()
        for difference in _difference(
            aspect, where, runs, "kept apart", lambda run: variants[run.path]
        )
    ]


def _side_by_side(aspect: Aspect, workload: str, runs: Sequence[RecordedRun]) -> list[Difference]:
    """Name what differs between the searches of a workload, where each has one setting."""
    settings = {
        search: {_as_key(aspect.settings(run)) for run in own}
        for search, own in _partition(runs, _search_of).items()
    }
    if len(set().union(*settings.values())) < 2 or any(len(own) > 1 for own in settings.values()):
        return []
    return _difference(
        aspect, workload, runs, "side by side", lambda run: " ".join(_search_of(run))
    )


def _difference(
    aspect: Aspect,
    where: str,
    runs: Sequence[RecordedRun],
    effect: Effect,
    who: Callable[[RecordedRun], str],
) -> list[Difference]:
    settings = {run.path: aspect.settings(run) for run in runs}
    names = _differing(settings.values())
    if not names:
        return []
    values = []
    for text, own in _partition(runs, lambda run: _text(settings[run.path], names)).items():
        count = f"{len(own)} run{'s' if len(own) > 1 else ''}"
        called = ", ".join(dict.fromkeys(name for name in map(who, own) if name and name != text))
        values.append((text, f"{called}: {count}" if called else count))
    return [Difference(aspect.name, where, tuple(values), aspect.why, effect)]


def _name_settings(runs: Sequence[RecordedRun], aspects: Sequence[Aspect]) -> dict[Path, str]:
    """Return a name for the settings of each run, by its path; empty if all are alike.

    The settings themselves where they are short; elsewhere the aspects that
    differ and a letter.
    """
    settings = {
        run.path: {name: v for aspect in aspects for name, v in aspect.settings(run).items()}
        for run in runs
    }
    names = _differing(settings.values())
    if not names:
        return {run.path: "" for run in runs}
    texts = {path: _text(own, names) for path, own in settings.items()}
    distinct = sorted(set(texts.values()), key=_natural)
    if max(map(len, distinct)) <= _LONGEST_NAME:
        return texts
    differing = [a.name for a in aspects if _differing(a.settings(run) for run in runs)]
    what = " and ".join(differing) if len(differing) <= _MOST_NAMED else "setting"
    letters = {text: f"{what} {_letter(number)}" for number, text in enumerate(distinct)}
    return {path: letters[text] for path, text in texts.items()}


def _letter(number: int) -> str:
    letters = string.ascii_uppercase
    return letters[number] if number < len(letters) else f"no. {number + 1}"


def _natural(text: str) -> list[tuple[int, int | str]]:
    """Return a sort key by which 5 comes before 10."""
    parts = text.replace(",", " ").split()
    return [(0, int(part)) if part.isdigit() else (1, part) for part in parts]


def _differing(settings: Iterable[Settings]) -> list[str]:
    values: defaultdict[str, Counter[str]] = defaultdict(Counter)
    total = 0
    for own in settings:
        total += 1
        for name, value in own.items():
            values[name][_as_key(value)] += 1
    return [
        name
        for name, seen in values.items()
        if len(seen) > 1 or sum(seen.values()) not in {0, total}
    ]


def _text(settings: Settings, names: Sequence[str]) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')} {describe_value(settings.get(name))}" for name in names
    )


def _as_key(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _partition_by(
    runs: Iterable[RecordedRun], names: Mapping[Path, str]
) -> dict[str, list[RecordedRun]]:
    return _partition(runs, lambda run: names[run.path])


def _partition(
    runs: Iterable[RecordedRun], key: Callable[[RecordedRun], _Key]
) -> dict[_Key, list[RecordedRun]]:
    parts: defaultdict[_Key, list[RecordedRun]] = defaultdict(list)
    for run in runs:
        parts[key(run)].append(run)
    return dict(parts)
