"""Exploit and explore of population-based training (Jaderberg et al., 2017).

The rules are those of Ray Tune's ``PopulationBasedTraining``; mutated values are
held inside the space.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.space import plain_value

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace


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
    """Return a neighbour of a configuration.

    Each mutable hyperparameter is drawn anew from the space with
    `resample_probability`; otherwise a number is multiplied by one of
    `factors`, and an ordinal or categorical moves to a neighbouring value.

    Parameters
    ----------
    config
        The donor's configuration.
    space
        Bounds every result.
    mutable
        The hyperparameters that may change.
    generator
        The source of randomness.
    resample_probability, factors
        As in Ray Tune.
    """
    mutated = dict(config)
    for name in mutable:
        hyperparameter = space[name]
        if generator.random() < resample_probability:
            seed = np.random.RandomState(int(generator.integers(2**31)))
            mutated[name] = plain_value(hyperparameter.sample_value(seed=seed))
        else:
            mutated[name] = _perturb(config[name], hyperparameter, generator, factors)
    return mutated


def _perturb(
    value: Any,
    hyperparameter: Any,
    generator: np.random.Generator,
    factors: Sequence[float],
) -> Any:
    choices = getattr(hyperparameter, "sequence", None) or getattr(hyperparameter, "choices", None)
    if choices is not None:
        return _neighbour(value, list(choices), generator)
    factor = factors[int(generator.integers(len(factors)))]
    moved = min(max(value * factor, hyperparameter.lower), hyperparameter.upper)
    return round(moved) if isinstance(value, int) else float(moved)


def _neighbour(value: Any, choices: list[Any], generator: np.random.Generator) -> Any:
    index = choices.index(value) + (1 if generator.random() < 0.5 else -1)
    return plain_value(choices[min(max(index, 0), len(choices) - 1)])
