"""Exploit and explore of population-based training (Jaderberg et al., 2017).

The rules are those of Ray Tune's ``PopulationBasedTraining``; mutated
configurations are held inside the space.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.space_values import (
    active_configuration,
    choice_index,
    choices_of,
    nearest_value,
    plain_value,
)

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace


ATTEMPTS = 100
"""How often a neighbour is drawn, where the space does not allow those drawn before."""


def quantiles(
    values: Mapping[int, float], quantile: float, larger_is_better: bool
) -> tuple[list[int], list[int]]:
    """Split a population into its worst and its best members.

    Parameters
    ----------
    values
        Member to its last value; NaN are left out.
    quantile
        The fraction of the population at each end, at most one half.
    larger_is_better
        The direction of the metric.

    Returns
    -------
    bottom, top : list of int
        Equally many members; both empty while fewer than two have a value.
    """
    known = [member for member, value in values.items() if not math.isnan(value)]
    ranked = sorted(known, key=lambda member: values[member], reverse=not larger_is_better)
    if len(ranked) <= 1:
        return [], []
    count = math.ceil(len(ranked) * quantile)
    if count > len(ranked) / 2:
        count = len(ranked) // 2
    return ranked[:count], ranked[-count:] if count else []


def explore(
    config: Mapping[str, Any],
    space: ConfigurationSpace,
    mutable: Iterable[str],
    generator: np.random.Generator,
    resample_probability: float = 0.25,
    factors: Sequence[float] = (1.2, 0.8),
) -> dict[str, Any]:
    """Return a neighbour of a configuration that the space allows.

    Each mutable hyperparameter is drawn anew from the space with
    `resample_probability`; otherwise a number is multiplied by one of
    `factors`, and an ordinal or categorical moves to a neighbouring value. An
    integer that the multiplication would leave as it is moves by one.

    A mutable hyperparameter that a change makes active is drawn from the space,
    and one that it makes inactive is left out. What the space forbids, or what
    would make another one that may not change active or inactive, is drawn
    again; if nothing allowed is found, the result is `config`.

    Parameters
    ----------
    config
        The donor's configuration.
    space
        What bounds every result: ranges, conditions and forbidden clauses.
    mutable
        The hyperparameters that may change.
    generator
        The source of randomness.
    resample_probability, factors
        As in Ray Tune.
    """
    names = list(mutable)
    for _ in range(ATTEMPTS):
        mutated = dict(config)
        for name in names:
            if name not in config:
                continue
            if generator.random() < resample_probability:
                mutated[name] = _sample(space[name], generator)
            else:
                mutated[name] = _perturb(config[name], space[name], generator, factors)
        allowed = _allowed(mutated, config, space, names, generator)
        if allowed is not None:
            return allowed
    return dict(config)


def _allowed(
    mutated: Mapping[str, Any],
    config: Mapping[str, Any],
    space: ConfigurationSpace,
    mutable: Sequence[str],
    generator: np.random.Generator,
) -> dict[str, Any] | None:
    """Return a mutated configuration with what is active in it; None if there is none."""
    if not (space.conditions or space.forbidden_clauses):
        return dict(mutated)
    whole = {
        str(name): mutated[name] if name in mutated else _sample(space[name], generator)
        for name in space
    }
    active = active_configuration(space, whole)
    if active is None or any(name not in mutable for name in config.keys() ^ active.keys()):
        return None
    return active


def _sample(hyperparameter: Any, generator: np.random.Generator) -> Any:
    seed = np.random.RandomState(int(generator.integers(2**31)))
    return nearest_value(hyperparameter, hyperparameter.sample_value(seed=seed))


def _perturb(
    value: Any,
    hyperparameter: Any,
    generator: np.random.Generator,
    factors: Sequence[float],
) -> Any:
    choices = choices_of(hyperparameter)
    if choices:
        return _neighbour(choice_index(hyperparameter, value), choices, generator)
    lower, upper = plain_value(hyperparameter.lower), plain_value(hyperparameter.upper)
    factor = factors[int(generator.integers(len(factors)))]
    if isinstance(value, int):
        return _multiplied_integer(value, factor, lower, upper)
    return float(min(max(value * factor, lower), upper))


def _multiplied_integer(value: int, factor: float, lower: int, upper: int) -> int:
    product = value * factor
    moved = round(min(max(product, lower), upper))
    if moved == value and factor != 1:
        # What is too small for the factor would never change.
        up = product > value or (value == 0 and factor > 1)
        moved = value + (1 if up else -1)
    return int(min(max(moved, lower), upper))


def _neighbour(index: int, choices: Sequence[Any], generator: np.random.Generator) -> Any:
    index += 1 if generator.random() < 0.5 else -1
    return choices[min(max(index, 0), len(choices) - 1)]
